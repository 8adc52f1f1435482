"""Volumes in a framework's call: the size of an input, of a reshape, and the order of axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shapecalc.diagnostics.diagnostic import Span
from shapecalc.dialects.call_pieces import Pieces, as_written, give, misfit, whole_number, word_of
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
    if isinstance(value, syntax.SizeLiteral):
        arguments: tuple[syntax.Argument, ...] = (syntax.Argument(None, value, value.span),)
    else:
        _hold_depth_first(pieces, items, value.span)
        arguments = _volume(pieces, items, value.span)
    _starts(pieces, slot, argument, arguments)


def _starts(pieces: Pieces, slot: Slot, argument: syntax.Argument, arguments: tuple[syntax.Argument, ...]) -> None:
    """The INPUT that an argument stands for, or the size of the call where that is one itself."""
    if slot.ours == "size":
        pieces.arguments |= {f"size{place}": one for place, one in enumerate(arguments)}
    else:
        pieces.before = syntax.Call("INPUT", arguments, argument.span, argument.span)


def _hold_depth_first(pieces: Pieces, items: Sequence[syntax.Expression], span: Span) -> None:
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
        raise misfit(pieces, f"{slot.name} is the batch and a volume, and this is {as_written(value)}", argument.span)
    inner = syntax.Argument(argument.name, syntax.Tuple(value.items[1:], value.span), argument.span)
    _input(pieces, slot, inner)


def _shape(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' Reshape, and `input_dim=784`: a row of values."""
    value = argument.value
    items = value.items if isinstance(value, syntax.Tuple) else (value,)
    _starts(pieces, slot, argument, _volume(pieces, items, value.span))


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
        raise misfit(
            pieces, f"{slot.name} is an order such as (2, 1, 3), and this is {as_written(value)}", argument.span
        )
    # theirs counts height, width, channels; ours width, height, channels
    ours = {theirs: place for place, theirs in enumerate((*range(len(known) - 1, 0, -1), len(known)), 1)}
    order = [ours[known[theirs - 1]] for theirs in sorted(ours, key=lambda theirs: ours[theirs])]
    items = tuple(syntax.Number(number, value.span) for number in order)
    give(pieces, "order", argument, syntax.Tuple(items, value.span))


VOLUME_READERS: dict[str, Callable[[Pieces, Slot, syntax.Argument], None]] = {
    "input": _input,
    "batch_input": _batch_input,
    "input_dim": _shape,
    "shape": _shape,
    "channels_first": _channels_first,
    "order": _order,
}
"""By the word after the colon in a table."""
