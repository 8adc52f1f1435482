"""`Conv2D (None, 26, 26, 32)`: a shape with its batch, as printed summaries have it, and no arguments."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.core.phrases import size_text
from shapecalc.diagnostics.diagnostic import Diagnostic, report
from shapecalc.language import syntax
from shapecalc.registry import NamedType, by_name

NO_ARGUMENTS = frozenset({"none", "batch", "batch_size", "bs"})
"""What is written for the number of images, and never for an argument."""
NUMBERS_OF_IMAGES = NO_ARGUMENTS | {"n", "b"}
"""The same in front of the size of an INPUT."""
OWN_REST = ("RESHAPE", "VIEW", "PERMUTE", "TRANSPOSE", "UNFLATTEN", "EXPAND")
"""Ends of names whose −1 says that a number follows from the others."""
IMAGES = 3
"""Numbers after the −1 of an image."""


COLOURS = (1, 3)
"""Channels of an image: in front of its size they are no height."""


def volume_of_shape(batch: str, sizes: Sequence[int]) -> str:
    """A shape without its batch, width first and depth last: channels are last after None, and first after −1.

    >>> volume_of_shape("None", (26, 24, 32)), volume_of_shape("-1", (64, 222, 220)), volume_of_shape("None", (10,))
    ('24x26x32', '220x222x64', '1x1x10')
    """
    if len(sizes) == 1:
        return f"1x1x{sizes[0]}"
    first = batch.startswith("-") or (sizes[0] in COLOURS and sizes[-1] not in COLOURS)
    return size_text(reversed(sizes) if first else (*sizes[-2::-1], sizes[-1]))


def instead_of_shape(name: str, volume: str) -> str:
    """What to write where a shape is in the place of arguments: those that the layer needs, and the shape as a claim.

    >>> instead_of_shape("Conv2D", "26x26x32")
    'write Conv2D(32, F): 26x26x32, with its own F'
    """
    named = by_name(name)
    if named is None:
        return f"write {name}(…): {volume}, with its own arguments"
    wanted = [a.letter for a in named.type.signature if a.required or a.letter in "KF"]
    given = [volume.rpartition("x")[2] if letter == "K" else letter for letter in wanted]
    own = " and ".join(letter for letter in wanted if letter != "K")
    arguments, with_own = f"({', '.join(given)})" * bool(given), f", with its own {own}" * bool(own)
    return f"write {name}{arguments}: {volume}{with_own}"


def stated_shape(named: NamedType | None, call: syntax.Call) -> Diagnostic | None:
    """What is said of a call whose arguments are a shape with its batch; None for any other."""
    values = [argument.value for argument in call.arguments if argument.name is None]
    sizes = [v.value for v in values[1:] if isinstance(v, syntax.Number) and isinstance(v.value, int)]
    if not sizes or len(sizes) + 1 < max(len(values), len(call.arguments)):
        return None
    starts = named is not None and named.type.starts
    match values[0]:
        case syntax.Name(word) if word.lower() in (NUMBERS_OF_IMAGES if starts else NO_ARGUMENTS):
            batch = word
        case syntax.Unary(syntax.Number(1)) if starts or _is_image(call, len(sizes), named):
            batch = "-1"
        case _:
            return None
    volume = volume_of_shape(batch, sizes)
    if starts:
        message = f"{call.name}: its size has no batch, and {batch} is one"
        help = (f"write INPUT({volume}), and --batch 32 for a batch of 32",)
        return report("SHP103", message, values[0].span, label=f"expected {volume}", help=help)
    where = (call.name_span[1], call.span[1])
    shape = ", ".join([batch, *map(str, sizes)])
    return report(
        "SHP103",
        f"{call.name}: ({shape}) is a shape with its batch, as a summary prints it",
        where if where[0] < where[1] else call.span,
        label=f"these are no arguments of {call.name}",
        help=(instead_of_shape(call.name, volume), "or paste the whole summary, with its first lines"),
    )


def _is_image(call: syntax.Call, numbers: int, named: NamedType | None) -> bool:
    """Whether −1 in front is the batch, and no argument: CLIP(-1, 1) and Reshape(-1, 3, 32, 32) have one."""
    units = named is not None and any(a.letter == "K" for a in named.type.signature)
    return (numbers == IMAGES or units) and not call.name.upper().endswith(OWN_REST)
