"""What the values of a framework's call are in ours: tuples turned, words taken out of their modules, axes checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from shapecalc.core.phrases import size_text
from shapecalc.core.record import replace
from shapecalc.dialects.call_pieces import Pieces, as_written, give, misfit, sized, unfit, whole_number, word_of
from shapecalc.dialects.forms import SIZED, Slot
from shapecalc.dialects.volume_readers import VALUE_READERS
from shapecalc.language import syntax

SMOOTH = frozenset({"bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic", "nearest-exact"})
"""Ways to enlarge that are read as bilinear."""


def read(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Adds what one argument says. Raises Misfit where the framework would refuse it."""
    if word_of(argument.value) == "none" and slot.reader != "activation":
        return
    name, _, values = slot.reader.partition("(")
    if values:
        _must_be(pieces, slot, argument, values.rstrip(")").split(","))
    elif name:
        READERS[name](pieces, slot, argument)
    elif slot.ours in SIZED:
        give(pieces, slot.ours, argument, _by_axis(pieces, slot, argument.value))
    elif slot.ours != "-":
        give(pieces, slot.ours, argument, argument.value)


# --- values -----------------------------------------------------------------------------------


def _by_axis(pieces: Pieces, slot: Slot, value: syntax.Expression) -> syntax.Expression:
    """`(height, width)` as width x height; what is no tuple as it is."""
    if not isinstance(value, syntax.Tuple):
        return value
    axes = pieces.form.axes
    if len(value.items) != 1 and axes and len(value.items) != axes:
        raise misfit(pieces, f"{slot.name} is for {len(value.items)} axes, and {pieces.name} has {axes}", value.span)
    return sized(value.items[::-1], value.span)


def _must_be(pieces: Pieces, slot: Slot, argument: syntax.Argument, values: Sequence[str]) -> None:
    """One of the values for which the layer is ours; others would need another layer."""
    shown = as_written(argument.value).lower()
    if shown not in values and f"{shown}.0" not in values:
        wanted = f"{pieces.name} is read with {slot.name}={' or '.join(values)} only"
        raise unfit(pieces, argument, wanted, _otherwise(pieces, slot))


def _otherwise(pieces: Pieces, slot: Slot) -> str:
    """What has the figures of a layer whose argument ours does not have."""
    ours = pieces.form.ours
    if slot.name in ("center", "bias"):
        return f"write {ours}(affine=false) => SCALE(bias=false), which have a scale and no shift"
    if slot.name == "scale":
        return f"write {ours}(affine=false), and count its shift, one weight a channel, with OPAQUE"
    return "write OPAQUE(WxHxD, params=…), with what it gives"


def _numbers(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """PyTorch's padding of pools and transposed convolutions: numbers alone."""
    word = argument.value.text if isinstance(argument.value, syntax.Text) else ""
    if word or word_of(argument.value) in ("same", "valid"):
        help = f"write padding=1, or {pieces.form.ours}, whose P takes words"
        raise unfit(pieces, argument, f"{slot.name} of {pieces.name} is a number", help)
    give(pieces, "P", argument, _by_axis(pieces, slot, argument.value))


def _numbers_or_word(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """PyTorch's padding of a convolution: numbers, or a word."""
    value = argument.value
    if isinstance(value, syntax.Text):
        if value.text not in ("same", "valid"):
            help = "write padding=1 for a border of one zero"
            raise unfit(pieces, argument, f"{slot.name} is a number, same or valid", help)
        value = syntax.Name(value.text, value.span)
    give(pieces, "P", argument, _by_axis(pieces, slot, value))


def _padding_word(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' padding: a word."""
    word = word_of(argument.value)
    if word in ("same", "valid") or (word == "causal" and pieces.form.axes == 1):
        give(pieces, "P", argument, syntax.Name(word, argument.value.span))
    elif isinstance(argument.value, syntax.Name):
        give(pieces, "P", argument, argument.value)
    else:
        help = f"write PAD({as_written(argument.value)}) before it, or use CONV, whose P takes numbers"
        raise unfit(pieces, argument, f"{slot.name} is same or valid", help)


def _average(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras does not count padding in its averages."""
    _padding_word(pieces, slot, argument)
    if word_of(argument.value) == "same":
        give(pieces, "count_include_pad", argument, syntax.Name("false", argument.value.span))


def _sides(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """PyTorch's padding layers: one number, or (left, right, top, bottom) as ours."""
    value = argument.value
    if isinstance(value, syntax.Tuple) and len({as_written(item) for item in value.items}) == 1:
        value = value.items[0]
    give(pieces, "P", argument, value)


def _pairs(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' padding layers: a number, (height, width), or ((top, bottom), (left, right))."""
    value = argument.value
    if isinstance(value, syntax.Tuple):
        ends = [item.items if isinstance(item, syntax.Tuple) else (item, item) for item in value.items]
        if pieces.form.axes == 1 and len(value.items) != 1:
            ends = [value.items]
        flat = [item for pair in reversed(ends) for item in pair]
        equal = len({as_written(item) for item in flat}) == 1
        value = flat[0] if equal else syntax.Tuple(tuple(flat), value.span)
    give(pieces, "P", argument, value)


def _channels(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """PyTorch's LayerNorm: a number of channels; over several axes it would have a weight for every value."""
    value = argument.value
    if isinstance(value, syntax.Tuple):
        spatial = {whole_number(item) for item in value.items[1:]}
        if spatial - {1}:
            message = f"{pieces.name} over {as_written(value)} has a weight for every value, and LN has one per channel"
            numbers = [whole_number(item) or 1 for item in value.items]
            volume, params = size_text((*numbers[:0:-1], numbers[0])), 2 * prod(numbers)
            raise misfit(pieces, message, argument.span, help=(f"write OPAQUE({volume}, params={params})",))
        value = value.items[0]
    give(pieces, "in", argument, value)


def _axis(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' axis: the last one, or the first where the text says that channels come first."""
    value = argument.value
    if isinstance(value, syntax.Tuple) and len(value.items) == 1:
        value = value.items[0]
    number = whole_number(value)
    if number == -1 or (number == 1 and pieces.channels_first):
        return
    if number in (2, 3, 4) and not pieces.channels_first:
        pieces.axes = number - 1
        return
    message = f"{pieces.name} is read along the channels only, and axis={as_written(argument.value)} is another axis"
    help = ("write axis=-1, which are the channels unless data_format says channels_first",)
    raise misfit(pieces, message, argument.span, help=help)


def _interpolation(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Ways to enlarge: those between neighbours are ours."""
    word = word_of(argument.value)
    known = {"nearest": "nearest", "bilinear": "bilinear", "linear": "bilinear", "trilinear": "bilinear"}
    if word in SMOOTH:
        known[word], pieces.stand_in = "bilinear", f"{word} is read as bilinear"
    if word not in known and not isinstance(argument.value, syntax.Name):
        help = f"write {slot.name}='bilinear': the sizes are the same"
        raise unfit(pieces, argument, f"{slot.name} is nearest or bilinear here", help)
    value = syntax.Name(known[word], argument.value.span) if word in known else argument.value
    give(pieces, "mode", argument, value)


def _border(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """What is around the image: zeros, or values of it, which have the same sizes."""
    word = word_of(argument.value)
    if word != "zeros":
        pieces.stand_in = f"{slot.name}={word} pads with values of the input, and zeros are used here"


def _groups(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' groups; -1 stands for as many as channels, which is what an instance normalisation has."""
    if whole_number(argument.value) == -1:
        help = ("write IN(affine=true), which is the same",)
        raise misfit(pieces, f"{slot.name}=-1 stands for as many as channels arrive", argument.span, help=help)
    give(pieces, "groups", argument, argument.value)


def _as(letter: str) -> Callable[[Pieces, Slot, syntax.Argument], None]:
    """What is given as it is: a height before its width, which together are a size of ours."""
    return lambda pieces, slot, argument: give(pieces, letter, argument, argument.value)


def _columns(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    rows = pieces.arguments.pop("rows", None)
    if rows is None:
        raise misfit(pieces, f"{slot.name} needs nb_row beside it", argument.span)
    span = (rows.span[0], max(rows.span[1], argument.span[1]))
    value = sized((argument.value, rows.value), span)
    pieces.arguments["F"] = syntax.Argument("F", value, span)


def _ceiling(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """ReLU(max_value=6) is RELU6."""
    if whole_number(argument.value) != 6 and as_written(argument.value) != "6.0":
        help = ("write ReLU() or ReLU(6): the sizes and counts are the same",)
        raise misfit(pieces, f"{slot.name} is 6 or not given here", argument.span, help=help)
    pieces.after = syntax.Call("RELU6", (), argument.span, argument.span)


def _no_biases(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """PyTorch's recurrent layers have two biases a gate, or none."""
    if word_of(argument.value) == "false":
        give(pieces, "biases", argument, syntax.Number(0, argument.value.span))


MOST_LAYERS = 64
"""No published stack of recurrent layers is deeper."""


def _layers(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """PyTorch's recurrent layers may be several, each reading what the one before gives."""
    number = whole_number(argument.value)
    if number is None or not 1 <= number <= MOST_LAYERS:
        raise unfit(pieces, argument, f"{slot.name} is a number from 1 to {MOST_LAYERS}")
    pieces.layers = number


def _between(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """The dropout between the layers of a stack."""
    if as_written(argument.value) not in ("0", "0.0"):
        probability = replace(argument, name=None)
        pieces.between = syntax.Call("DO", (probability,), argument.span, argument.span)


def _reset_after(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' GRU: one bias a gate where the state is reset before its kernel."""
    if word_of(argument.value) == "false" and "biases" not in pieces.arguments:
        give(pieces, "biases", argument, syntax.Number(1, argument.value.span))


def _switch(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """`inplace`, on which no figure hangs; `ReLU(128)` means a number of filters."""
    if isinstance(argument.value, syntax.Number) and argument.value.value not in (0, 1):
        help = f"write {pieces.name}(), and a number of filters with the layer that has them"
        raise unfit(pieces, argument, f"{slot.name} is true or false", help)


def _opposite(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """What is false here where it is true there: Keras' recurrent layers give the last position, or all."""
    word = word_of(argument.value)
    if word not in ("true", "false"):
        raise unfit(pieces, argument, f"{slot.name} is true or false")
    give(pieces, slot.ours, argument, syntax.Name("false" if word == "true" else "true", argument.value.span))


READERS: dict[str, Callable[[Pieces, Slot, syntax.Argument], None]] = {
    "numbers": _numbers, "numbers_or_word": _numbers_or_word, "groups": _groups, "height": _as("height"),
    "width": _as("size"), "word": _padding_word, "average": _average, "sides": _sides, "pairs": _pairs,
    "channels": _channels, "axis": _axis, "interpolation": _interpolation, "rows": _as("rows"), "columns": _columns,
    "border": _border,
    "ceiling": _ceiling, "no_biases": _no_biases, "layers": _layers, "between": _between, "reset_after": _reset_after,
    "opposite": _opposite, "switch": _switch, **VALUE_READERS,
}  # fmt: skip
"""By the word after the colon in a table."""
