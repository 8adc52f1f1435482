"""Volumes and activations in a framework's call: the size of an input, of a reshape, the order of axes, functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shapecalc.diagnostics.diagnostic import Span
from shapecalc.dialects.call_pieces import Pieces, as_written, give, misfit, unfit, whole_number, word_of
from shapecalc.dialects.forms import Slot
from shapecalc.language import syntax

FEWEST_DEPTH_FIRST = 4
"""`(3, 224, 224)` has its channels in front: a last axis of so many or more is no depth of an image."""


def _volume(pieces: Pieces, items: Sequence[syntax.Expression], span: Span) -> tuple[syntax.Argument, ...]:
    """(height, width, channels) as the arguments of INPUT or RESHAPE."""
    if pieces.channels_first and len(items) > 1:
        items = (*items[1:], items[0])
    turned = (*items[-2::-1], items[-1]) if len(items) > 1 else (syntax.Number(1, span), *items)
    numbers = [whole_number(item) for item in turned]
    if any(word_of(item) == "none" for item in turned) or any(number == -1 for number in numbers):
        message = f"the size {as_written(syntax.Tuple(tuple(items), span))} is open"
        whole = len(items) == 1 and pieces.form.ours == "RESHAPE"
        help = ("write Flatten(), which gives all values",) if whole else ("write the number that it stands for",)
        raise misfit(pieces, message, span, help=help)
    known = tuple(number for number in numbers if number is not None)
    if len(known) == len(turned):
        return (syntax.Argument(None, syntax.SizeLiteral(known, span), span),)
    return tuple(syntax.Argument(None, item, span) for item in turned)


def _input(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """`input_shape=(28, 28, 1)`."""
    value = argument.value
    items = value.items if isinstance(value, syntax.Tuple) else (value,)
    if isinstance(value, syntax.SizeLiteral | syntax.Name):  # a name may be that of a tuple
        arguments: tuple[syntax.Argument, ...] = (syntax.Argument(None, value, value.span),)
    else:
        _check_depth_last(pieces, items, value.span)
        arguments = _volume(pieces, items, value.span)
    _starts(pieces, slot, argument, arguments)


def _starts(pieces: Pieces, slot: Slot, argument: syntax.Argument, arguments: tuple[syntax.Argument, ...]) -> None:
    """The INPUT that an argument stands for, or the size of the call where that is one itself."""
    if slot.ours == "size":
        pieces.arguments |= {f"size{place}": one for place, one in enumerate(arguments)}
    else:
        pieces.before = syntax.Call("INPUT", arguments, argument.span, argument.span)


def _check_depth_last(pieces: Pieces, items: Sequence[syntax.Expression], span: Span) -> None:
    """Asks about (3, 224, 224), which Keras reads as 224 channels of 224x3. Raises Misfit."""
    numbers = [whole_number(item) for item in items]
    if pieces.channels_first or len(numbers) != 3 or numbers[0] not in (1, 3):
        return
    first, height, width = numbers
    if height is None or width is None or width < FEWEST_DEPTH_FIRST or height < FEWEST_DEPTH_FIRST:
        return
    raise misfit(
        pieces,
        f"({first}, {height}, {width}) is height, width and channels: a {height}x{first} image with {width} channels",
        span,
        code="SHP122",
        help=(
            f"write ({height}, {width}, {first}), or data_format='channels_first', if it has {first} channels",
            f"write INPUT({height}x{first}x{width}) if it is meant as Keras reads it",
        ),
    )


def _batch_input(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """`batch_shape=(None, 28, 28, 1)`."""
    value = argument.value
    if not isinstance(value, syntax.Tuple) or len(value.items) < 2:
        raise unfit(pieces, argument, f"{slot.name} is the batch and a volume")
    inner = syntax.Argument(argument.name, syntax.Tuple(value.items[1:], value.span), argument.span)
    _input(pieces, slot, inner)


def _shape(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' Reshape, and `input_dim=784`: a row of values."""
    value = argument.value
    items = value.items if isinstance(value, syntax.Tuple) else (value,)
    whole = isinstance(value, syntax.Name) and slot.ours == "size"  # it may be that of a tuple
    size = (syntax.Argument(None, value, value.span),) if whole else _volume(pieces, items, value.span)
    _starts(pieces, slot, argument, size)


def _channels_first(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """PyTorch's Unflatten: (channels, height, width)."""
    value = argument.value
    items = value.items if isinstance(value, syntax.Tuple) else (value,)
    inner = Pieces(pieces.form, pieces.name, channels_first=True, arguments={})
    _starts(pieces, slot, argument, _volume(inner, items, value.span))


def _order(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' Permute: which of (height, width, channels) comes where, counted from 1."""
    value = argument.value
    numbers = [whole_number(item) for item in value.items] if isinstance(value, syntax.Tuple) else []
    known = [number for number in numbers if number is not None]
    if sorted(known) != list(range(1, len(numbers) + 1)) or not known:
        raise unfit(pieces, argument, f"{slot.name} is an order such as (2, 1, 3)")
    # theirs counts height, width, channels; ours width, height, channels
    ours = {theirs: place for place, theirs in enumerate((*range(len(known) - 1, 0, -1), len(known)), 1)}
    order = [ours[known[theirs - 1]] for theirs in sorted(ours, key=lambda theirs: ours[theirs])]
    items = tuple(syntax.Number(number, value.span) for number in order)
    give(pieces, "order", argument, syntax.Tuple(items, value.span))


# --- activations ------------------------------------------------------------------------------------

ACTIVATIONS = {
    "softmax": "SOFTMAX", "log_softmax": "SOFTMAX", "logsoftmax": "SOFTMAX", "prelu": "PRELU", "hard_silu": "HSWISH",
    "hard_swish": "HSWISH",
}  # fmt: skip
"""Layers that are named like a function of single values, and others' names of ours."""
LIKE = {
    "softsign": "SOFTPLUS", "exponential": "SOFTPLUS", "log_sigmoid": "SOFTPLUS", "hard_shrink": "SOFTPLUS",
    "soft_shrink": "SOFTPLUS", "tanh_shrink": "SOFTPLUS", "sparse_plus": "SOFTPLUS", "squareplus": "SOFTPLUS",
    "sparse_sigmoid": "HSIGMOID", "hard_tanh": "RELU6", "celu": "ELU", "threshold": "RELU", "sparsemax": "SOFTMAX",
}  # fmt: skip
"""Functions of single values that are no layers of ours, and those that have their sizes and counts."""


def _activation(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """`activation='relu'`: a layer of its own."""
    from shapecalc.registry import activation, by_name

    word = word_of(argument.value)
    if word in ("linear", "none", "identity"):
        return
    name = ACTIVATIONS.get(word, word)
    if word in LIKE:
        name = LIKE[word]
        pieces.stand_in = f"{word} is read as {name}"
    named = by_name(name)
    if not word or named is None or (activation(name) is None and name not in ACTIVATIONS.values()):
        first = pieces.arguments.get("K")
        torch = pieces.form.ours == "FC" and whole_number(argument.value) is not None and first is not None
        both = f"({as_written(first.value)}, {as_written(argument.value)})" if first is not None else ""
        help = f"write Linear{both}, which says what arrives" if torch else "write activation='relu'"
        raise unfit(pieces, argument, f"{slot.name} is the name of a function such as relu", help)
    pieces.after = syntax.Call(named.shown, (), argument.span, argument.span)


def _leak(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """ReLU(negative_slope=0.1) is LRELU(0.1)."""
    if as_written(argument.value) not in ("0", "0.0"):
        slope = syntax.Argument(None, argument.value, argument.span)
        pieces.after = syntax.Call("LRELU", (slope,), argument.span, argument.span)


def _slopes(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """PyTorch's PReLU has one slope, or as many as channels arrive."""
    if whole_number(argument.value) != 1:
        give(pieces, "shared", argument, syntax.Name("false", argument.value.span))
        give(pieces, "in", argument, argument.value)


def _shared_axes(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' PReLU: a slope a channel where the spatial axes share it."""
    axes = argument.value.items if isinstance(argument.value, syntax.Tuple) else (argument.value,)
    if sorted(whole_number(axis) or 0 for axis in axes) not in ([1], [1, 2], [1, 2, 3]):
        raise misfit(pieces, f"{pieces.name} is read with shared_axes=[1, 2] or without only", argument.span)
    pieces.axes = len(axes)
    give(pieces, "each", argument, syntax.Name("false", argument.value.span))


VALUE_READERS: dict[str, Callable[[Pieces, Slot, syntax.Argument], None]] = {
    "input": _input, "batch_input": _batch_input, "input_dim": _shape, "shape": _shape,
    "channels_first": _channels_first, "order": _order, "activation": _activation, "leak": _leak, "slopes": _slopes,
    "shared_axes": _shared_axes,
}  # fmt: skip
"""By the word after the colon in a table."""
