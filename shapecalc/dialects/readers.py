"""What the values of a framework's call are in ours: tuples turned, words taken out of their modules, axes checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from shapecalc.diagnostics.diagnostic import Diagnostic, Span, report
from shapecalc.dialects.forms import CallForm, Slot
from shapecalc.language import syntax
from shapecalc.language.unparse import show_expression

SIZED = frozenset({"F", "S", "P", "dilation", "size", "factor", "output_padding"})
"""Our arguments that have a number an axis."""
FEWEST_DEPTH_FIRST = 4
"""`(3, 224, 224)` has its channels in front: a last axis of so many or more is no depth of an image."""


class Misfit(Exception):
    """A call that its framework would refuse, or that can be read in two ways."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@dataclass(slots=True)
class Pieces:
    """What the arguments of a call make: arguments of ours, and layers before and after it."""

    form: CallForm
    name: str
    """As it was written."""
    channels_first: bool = False
    """Whether the text says that channels come first."""
    arguments: dict[str, syntax.Argument] = field(default_factory=dict)
    """By our letter."""
    before: syntax.Call | None = None
    after: syntax.Call | None = None


def read(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Adds what one argument says. Raises Misfit where the framework would refuse it."""
    if _word(argument.value) == "none" and slot.reader != "activation":
        return
    name, _, values = slot.reader.partition("(")
    if values:
        _must_be(pieces, slot, argument, values.rstrip(")").split(","))
    elif name:
        READERS[name](pieces, slot, argument)
    elif slot.ours in SIZED:
        _give(pieces, slot.ours, argument, _by_axis(pieces, slot, argument.value))
    elif slot.ours != "-":
        _give(pieces, slot.ours, argument, argument.value)


# --- values -----------------------------------------------------------------------------------


def _give(pieces: Pieces, letter: str, argument: syntax.Argument, value: syntax.Expression) -> None:
    pieces.arguments[letter] = syntax.Argument(letter, value, argument.span)


def _word(value: syntax.Expression) -> str:
    """The word that a value is, in lower case and without its modules; empty for a number."""
    match value:
        case syntax.Name(name) | syntax.Made(name):
            return name.rpartition(".")[2].lower()
        case syntax.Text(text):
            return text.lower()
    return ""


def _shown(value: syntax.Expression) -> str:
    return show_expression(value, tight=True)


def _whole(value: syntax.Expression) -> int | None:
    """The number that is written, with its sign."""
    match value:
        case syntax.Number(int(number)):
            return number
        case syntax.Unary(syntax.Number(int(number))):
            return -number
    return None


def _by_axis(pieces: Pieces, slot: Slot, value: syntax.Expression) -> syntax.Expression:
    """`(height, width)` as width x height; what is no tuple as it is."""
    if not isinstance(value, syntax.Tuple):
        return value
    axes = pieces.form.axes
    if len(value.items) != 1 and axes and len(value.items) != axes:
        raise _misfit(pieces, f"{slot.name} is for {len(value.items)} axes, and {pieces.name} has {axes}", value.span)
    return sized(value.items[::-1], value.span)


def sized(items: Sequence[syntax.Expression], span: Span) -> syntax.Expression:
    """A size of so many numbers, in our order."""
    if len({_shown(item) for item in items}) == 1:
        return items[0]
    numbers = [_whole(item) for item in items]
    known = [number for number in numbers if number is not None and number >= 0]
    if len(known) == len(items):
        return syntax.SizeLiteral(tuple(known), span)
    return syntax.Tuple(tuple(items), span, as_size=True)


def _misfit(pieces: Pieces, message: str, span: Span, *, code: str = "SHP103", help: tuple[str, ...] = ()) -> Misfit:
    return Misfit(report(code, f"{pieces.form.framework}: {message}", span, help=help))


def _must_be(pieces: Pieces, slot: Slot, argument: syntax.Argument, values: Sequence[str]) -> None:
    """One of the values for which the layer is ours; others would need another layer."""
    shown = _shown(argument.value).lower()
    if shown not in values and f"{shown}.0" not in values:
        only = " or ".join(values)
        message = f"{pieces.name} is read with {slot.name}={only} only, and this is {_shown(argument.value)}"
        raise _misfit(pieces, message, argument.span)


def _padding_word(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' padding: a word."""
    word = _word(argument.value)
    if word == "causal" and pieces.form.axes == 1:
        _give(pieces, "P", argument, syntax.Name("causal", argument.value.span))
    elif word in ("same", "valid"):
        _give(pieces, "P", argument, syntax.Name(word, argument.value.span))
    elif isinstance(argument.value, syntax.Name):
        _give(pieces, "P", argument, argument.value)
    else:
        message = f"{slot.name} is same or valid, and this is {_shown(argument.value)}"
        help = (f"write PAD({_shown(argument.value)}) before it, or use CONV, whose P takes numbers",)
        raise _misfit(pieces, message, argument.span, help=help)


def _average(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras does not count padding in its averages."""
    _padding_word(pieces, slot, argument)
    if _word(argument.value) == "same":
        _give(pieces, "count_include_pad", argument, syntax.Name("false", argument.value.span))


def _sides(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """PyTorch's padding layers: one number, or (left, right, top, bottom) as ours."""
    value = argument.value
    if isinstance(value, syntax.Tuple) and len({_shown(item) for item in value.items}) == 1:
        value = value.items[0]
    _give(pieces, "P", argument, value)


def _pairs(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' padding layers: a number, (height, width), or ((top, bottom), (left, right))."""
    value = argument.value
    if isinstance(value, syntax.Tuple):
        ends = [item.items if isinstance(item, syntax.Tuple) else (item, item) for item in value.items]
        if pieces.form.axes == 1 and len(value.items) != 1:
            ends = [value.items]
        flat = [item for pair in reversed(ends) for item in pair]
        equal = len({_shown(item) for item in flat}) == 1
        value = flat[0] if equal else syntax.Tuple(tuple(flat), value.span)
    _give(pieces, "P", argument, value)


def _slopes(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """PyTorch's PReLU has one slope, or as many as channels arrive."""
    if _whole(argument.value) != 1:
        _give(pieces, "shared", argument, syntax.Name("false", argument.value.span))
        _give(pieces, "in", argument, argument.value)


def _shared_axes(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' PReLU: a slope a channel where the spatial axes share it."""
    axes = argument.value.items if isinstance(argument.value, syntax.Tuple) else (argument.value,)
    if sorted(_whole(axis) or 0 for axis in axes) not in ([1], [1, 2], [1, 2, 3]):
        raise _misfit(pieces, f"{pieces.name} is read with shared_axes=[1, 2] or without only", argument.span)
    _give(pieces, "each", argument, syntax.Name("false", argument.value.span))


def _channels(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """PyTorch's LayerNorm: a number of channels; over several axes it would have a weight for every value."""
    value = argument.value
    if isinstance(value, syntax.Tuple):
        spatial = {_whole(item) for item in value.items[1:]}
        if spatial - {1}:
            message = f"{pieces.name} over {_shown(value)} has a weight for every value, and LN has one per channel"
            raise _misfit(pieces, message, argument.span)
        value = value.items[0]
    _give(pieces, "in", argument, value)


def _axis(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' axis: the last one, or the first where the text says that channels come first."""
    value = argument.value
    if isinstance(value, syntax.Tuple) and len(value.items) == 1:
        value = value.items[0]
    number = _whole(value)
    if number in (-1, 2, 3, 4) or (number == 1 and pieces.channels_first):
        return
    message = f"{pieces.name} is read along the channels only, and axis={_shown(argument.value)} is another axis"
    help = ("write axis=-1, which are the channels unless data_format says channels_first",)
    raise _misfit(pieces, message, argument.span, help=help)


def _interpolation(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Ways to enlarge: those between neighbours are ours."""
    word = _word(argument.value)
    known = {"nearest": "nearest", "bilinear": "bilinear", "linear": "bilinear", "trilinear": "bilinear"}
    if word not in known and not isinstance(argument.value, syntax.Name):
        message = f"{slot.name} is nearest or bilinear here, and this is {_shown(argument.value)}"
        raise _misfit(pieces, message, argument.span)
    value = syntax.Name(known[word], argument.value.span) if word in known else argument.value
    _give(pieces, "mode", argument, value)


def _rows(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras 1 has the height of a kernel before its width."""
    _give(pieces, "rows", argument, argument.value)


def _columns(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    rows = pieces.arguments.pop("rows", None)
    if rows is None:
        raise _misfit(pieces, f"{slot.name} needs nb_row beside it", argument.span)
    span = (rows.span[0], max(rows.span[1], argument.span[1]))
    value = sized((argument.value, rows.value), span)
    pieces.arguments["F"] = syntax.Argument("F", value, span)


def _ceiling(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """ReLU(max_value=6) is RELU6."""
    if _whole(argument.value) != 6 and _shown(argument.value) != "6.0":
        raise _misfit(pieces, f"{slot.name} is 6 or not given here", argument.span)
    pieces.after = syntax.Call("RELU6", (), argument.span, argument.span)


# --- volumes ----------------------------------------------------------------------------------


def _volume(pieces: Pieces, items: Sequence[syntax.Expression], span: Span) -> tuple[syntax.Argument, ...]:
    """(height, width, channels) as the arguments of INPUT or RESHAPE."""
    if pieces.channels_first and len(items) > 1:
        items = (*items[1:], items[0])
    turned = (*items[-2::-1], items[-1]) if len(items) > 1 else (syntax.Number(1, span), *items)
    numbers = [_whole(item) for item in turned]
    if any(_word(item) == "none" for item in turned) or any(number == -1 for number in numbers):
        message = f"the size {_shown(syntax.Tuple(tuple(items), span))} is open"
        raise _misfit(pieces, message, span, help=("write the number that it stands for",))
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
    numbers = [_whole(item) for item in items]
    if pieces.channels_first or len(numbers) != 3 or numbers[0] not in (1, 3):
        return
    first, height, width = numbers
    if height is None or width is None or width < FEWEST_DEPTH_FIRST or height < FEWEST_DEPTH_FIRST:
        return
    raise _misfit(
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
        raise _misfit(pieces, f"{slot.name} is the batch and a volume, and this is {_shown(value)}", argument.span)
    inner = syntax.Argument(argument.name, syntax.Tuple(value.items[1:], value.span), argument.span)
    _input(pieces, slot, inner)


def _input_dim(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """`input_dim=784`: a row of values."""
    _starts(pieces, slot, argument, _volume(pieces, (argument.value,), argument.span))


def _shape(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' Reshape."""
    value = argument.value
    items = value.items if isinstance(value, syntax.Tuple) else (value,)
    _starts(pieces, slot, argument, _volume(pieces, items, value.span))


def _channels_first(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """PyTorch's Unflatten: (channels, height, width)."""
    value = argument.value
    items = value.items if isinstance(value, syntax.Tuple) else (value,)
    inner = Pieces(pieces.form, pieces.name, channels_first=True)
    _starts(pieces, slot, argument, _volume(inner, items, value.span))


def _order(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' Permute: which of (height, width, channels) comes where, counted from 1."""
    value = argument.value
    numbers = [_whole(item) for item in value.items] if isinstance(value, syntax.Tuple) else []
    known = [number for number in numbers if number is not None]
    if sorted(known) != list(range(1, len(numbers) + 1)) or not known:
        raise _misfit(pieces, f"{slot.name} is an order such as (2, 1, 3), and this is {_shown(value)}", argument.span)
    # theirs counts height, width, channels; ours width, height, channels
    ours = {theirs: place for place, theirs in enumerate((*range(len(known) - 1, 0, -1), len(known)), 1)}
    order = [ours[known[theirs - 1]] for theirs in sorted(ours, key=lambda theirs: ours[theirs])]
    items = tuple(syntax.Number(number, value.span) for number in order)
    _give(pieces, "order", argument, syntax.Tuple(items, value.span))


def _two_biases(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """PyTorch's recurrent layers have two biases a gate, or none."""
    if _word(argument.value) == "false":
        _give(pieces, "biases", argument, syntax.Number(0, argument.value.span))


def _reset_after(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' GRU: one bias a gate where the state is reset before its kernel."""
    if _word(argument.value) == "false" and "biases" not in pieces.arguments:
        _give(pieces, "biases", argument, syntax.Number(1, argument.value.span))


def _all_or_last(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' recurrent layers give the last position, unless all are asked for."""
    word = _word(argument.value)
    if word not in ("true", "false"):
        raise _misfit(pieces, f"{slot.name} is true or false, and this is {_shown(argument.value)}", argument.span)
    _give(pieces, "last", argument, syntax.Name("false" if word == "true" else "true", argument.value.span))


def _projected(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """PyTorch's attention with what is around it: query, key and value from one projection, and one of the result."""
    value, span = argument.value, argument.span
    thrice = syntax.Binary("*", syntax.Number(3, value.span), value, value.span)
    kernel = syntax.Argument(None, syntax.Number(1, span), span)
    before, after = (syntax.Argument(None, expression, span) for expression in (thrice, value))
    pieces.before = syntax.Call("CONV", (before, kernel), span, span)
    pieces.after = syntax.Call("CONV", (after, kernel), span, span)


# --- activations ------------------------------------------------------------------------------

ACTIVATIONS = {"softmax": "SOFTMAX", "log_softmax": "SOFTMAX", "logsoftmax": "SOFTMAX", "prelu": "PRELU"}
"""Layers that are named like a function of single values, and are none."""


def _activation(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """`activation='relu'`: a layer of its own."""
    from shapecalc.registry import activation, by_name

    word = _word(argument.value)
    if word in ("linear", "none", "identity"):
        return
    name = ACTIVATIONS.get(word, word)
    named = by_name(name)
    if not word or named is None or (activation(name) is None and name not in ACTIVATIONS.values()):
        message = f"{slot.name} is the name of a function such as relu, and this is {_shown(argument.value)}"
        raise _misfit(pieces, message, argument.span)
    pieces.after = syntax.Call(named.shown, (), argument.span, argument.span)


def causal(arguments: dict[str, syntax.Argument]) -> Iterator[tuple[str, syntax.Argument]]:
    """`padding='causal'` in numbers, once the extent is known: all of it before the first value."""
    padding = arguments.get("P")
    if padding is None or _word(padding.value) != "causal":
        return
    extent, dilation = (_whole(arguments[letter].value) if letter in arguments else 1 for letter in ("F", "dilation"))
    if extent and dilation:
        before = syntax.Number(dilation * (extent - 1), padding.value.span)
        value = syntax.Tuple((before, syntax.Number(0, padding.value.span)), padding.value.span)
        yield "P", syntax.Argument("P", value, padding.span)


READERS: dict[str, Callable[[Pieces, Slot, syntax.Argument], None]] = {
    "word": _padding_word,
    "average": _average,
    "sides": _sides,
    "pairs": _pairs,
    "slopes": _slopes,
    "shared_axes": _shared_axes,
    "channels": _channels,
    "axis": _axis,
    "interpolation": _interpolation,
    "rows": _rows,
    "columns": _columns,
    "ceiling": _ceiling,
    "input": _input,
    "batch_input": _batch_input,
    "input_dim": _input_dim,
    "shape": _shape,
    "channels_first": _channels_first,
    "order": _order,
    "activation": _activation,
    "two_biases": _two_biases,
    "no_biases": _two_biases,
    "reset_after": _reset_after,
    "all_or_last": _all_or_last,
    "projected": _projected,
}
"""By the word after the colon in a table."""
