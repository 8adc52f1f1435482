"""What texts may have meant that are read otherwise: helps for `CONV_BN_RELU`, `ADD(a, b)`, `224*224*3`, `s2`."""

from __future__ import annotations

import re
from functools import cache

from shapecalc.core.layer import Layer
from shapecalc.core.parameters import Parameter, Sizes, Value, Word, show
from shapecalc.core.phrases import counted
from shapecalc.diagnostics.diagnostic import Diagnostic, report
from shapecalc.expansion.declarations import is_argument_word, word_for_arguments
from shapecalc.language import syntax
from shapecalc.registry import by_name, layer_names

LONGEST = 60
"""Characters of a name that are taken apart."""


def several_layers(name: str) -> str | None:
    """`CONV => BN => RELU` for CONV_BN_RELU and ConvBNReLU, whose parts are all layers."""
    if len(name) > LONGEST:
        return None
    upper = name.upper()
    parts = [part for part in upper.split("_") if part]
    if not all(part in layer_names() for part in parts):
        found = _run_of_layers().fullmatch(upper)
        parts = _any_layer().findall(upper) if found else []
    return " => ".join(parts) if len(parts) > 1 else None


@cache
def _any_layer() -> re.Pattern[str]:
    """Any name of a layer, the longest first; in a run, names of two letters are more often chance than meant."""
    names = sorted((n for n in layer_names() if len(n) > 2 or n in ("BN", "FC")), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, names)))


@cache
def _run_of_layers() -> re.Pattern[str]:
    return re.compile(rf"(?:(?:{_any_layer().pattern})_?+)++")


def joined(call: syntax.Call) -> str | None:
    """`ADD[ CONV | RELU ]` for ADD(CONV, RELU), whose arguments are all names of layers."""
    names = [argument.value.name for argument in call.arguments if isinstance(argument.value, syntax.Name)]
    if len(names) < max(2, len(call.arguments)) or not all(name.upper() in layer_names() for name in names):
        return None
    return f"{call.name}[ {' | '.join(names)} ]"


def size_of_product(expression: syntax.Expression, signs: str = "*") -> str | None:
    """`224x224x3` for 224*224*3, or with other signs for 224-224-3."""
    match expression:
        case syntax.Number(int(value)):
            return str(value)
        case syntax.Binary(sign, left, right) if sign in signs:
            sizes = size_of_product(left, signs), size_of_product(right, signs)
            return f"{sizes[0]}x{sizes[1]}" if all(sizes) else None
    return None


LARGEST_WINDOW = 31
"""`3*3` is a window up to here: no published filter is wider, and more is a number that was computed."""


def window_of_product(expression: syntax.Expression) -> str | None:
    """`3x3` for 3*3, which would be 9."""
    size = size_of_product(expression) if isinstance(expression, syntax.Binary) else None
    numbers = [int(number) for number in size.split("x")] if size else []
    return size if len(numbers) in (2, 3) and max(numbers, default=0) <= LARGEST_WINDOW else None


MANY_EQUAL = 10
"""Layers in a row of which nothing is written: fewer are usual."""


def repeated_window(item: syntax.Repeat) -> Diagnostic | None:
    """SHP122 for `conv 3*3` and `CONV*64`, so many layers or the window, or the filters, of one; None for others."""
    call, count = item.item, item.count
    if not isinstance(call, syntax.Call) or len(call.arguments) > 1 or not isinstance(count, syntax.Number):
        return None
    named, times = by_name(call.name), int(count.value)
    letters = {argument.letter for argument in named.type.signature} if named and not call.short else set()
    kind, value = named.shown if named else "", call.arguments[0].value if call.arguments else None
    if value is None and call.span == call.name_span and "K" in letters and times >= MANY_EQUAL:
        label, help = (
            "layers, or filters?",
            (f"{kind}({times}) for one layer of {times}", f"[{kind}]*{times} for layers"),
        )
    elif isinstance(value, syntax.Number) and value.value == times and call.span[1] == value.span[1] and "F" in letters:
        window = f"{kind}(F={times}x{times}) for a window"
        label, help = "layers, or a window?", (f"[{kind}({times})]*{times} for so many layers", window)
    else:
        return None
    written = tuple(f"write {one}" for one in help)
    return report("SHP122", f"the count {times} can be read in two ways", item.span, label=label, help=written)


def argument_in_a_name(layer: type[Layer], name: str) -> str | None:
    """`S=2` for s2, which is a name like any other, and `bias=false` for nobias."""
    if re.fullmatch(r"no_?bias", name.lower()) and any(a.letter == "bias" for a in layer.signature):
        return "bias=false"
    match = re.fullmatch(r"([A-Za-z])(\d+)", name)
    letter = match and next((a.letter for a in layer.signature if a.letter.lower() == match[1].lower()), None)
    return f"{letter}={match[2]}" if match and letter else None


EXTENT_AND_FILTERS = 3
"""Numbers of `CONV 3x3x16`: two of the extent, and the filters."""
MOST_LAYERS = 4
"""Equal layers that `FC 2x4096` may mean."""
LARGEST_KERNEL = 11
"""The largest extent that is common: AlexNet's first layer."""


def size_instead(layer: type[Layer], argument: Parameter, value: Value) -> tuple[str, ...]:
    """What is said of `Conv 3x3x16`, `CONV(64x3x3)`, `conv 28x28x6` and `FC(512x10)`: a size for a number."""
    if not isinstance(value, Sizes) or argument.letter != "K":
        return ()
    if not any(a.letter == "F" for a in layer.signature):
        arrive, give = (value[0], value[-1])
        one = f"write {layer.kind}({give}, in={arrive}) if {arrive} values arrive and {give} are given"
        few, units = sorted((arrive, give))
        many = f"write {layer.kind}({units})*{few} for {few} layers of {units}"
        return (many, one) if 1 < few <= MOST_LAYERS < units else (one,)
    if len(value) == EXTENT_AND_FILTERS + 1 and value[2] == value[3] < value[0]:  # PyTorch's: filters, channels, height
        return (f"write {layer.kind}({value[0]}, {show(Sizes(value[:1:-1]))}, in={value[1]})",)
    if len(value) == EXTENT_AND_FILTERS + 1:  # TensorFlow's kernels: height, width, channels that arrive, filters
        return (f"write {layer.kind}({value[3]}, {show(Sizes(value[1::-1]))}, in={value[2]})",)
    if len(value) == EXTENT_AND_FILTERS and LARGEST_KERNEL < value[0] == value[1]:
        return (f"write {layer.kind}({value[-1]}): {show(value)} if that is the volume it gives",)
    if len(value) == EXTENT_AND_FILTERS:
        first = value[0] > value[1] == value[2]
        extent, filters = show(Sizes(value[1:] if first else value[:2])), value[0 if first else -1]
        return (f"write {layer.kind}({filters}, {extent}) for {counted(filters, 'filter')} of {extent}",)
    return (f"write {layer.kind}(F={show(value)})",)


def extent_instead(layer: type[Layer], argument: Parameter, value: Value) -> tuple[str, ...]:
    """What is said of `CONV(64, k=3)`: k is the kernel in other places."""
    if argument.letter != "K" or not any(a.letter == "F" for a in layer.signature):
        return ()
    return (f"write F={show(value)} if the extent of the kernel is meant: K counts the filters",)


def word_instead(argument: Parameter, word: Word, taker: str | None) -> tuple[str, ...]:
    """What is said of `CONV(64, 3, same)`: the argument that takes a word, or what an argument is."""
    if argument.letter == "P" and word.lower() in ("true", "yes", "on"):
        return ("write P=same for padding that keeps the size, or how much as a number",)
    if taker:
        return (f"write {taker}={word}",)
    if argument.letter == "P" and "same" in argument.words:
        return ("write P=0 for no padding, or P=same for one that keeps the size",)
    other = not argument.takes_words and argument.letter != "P" and is_argument_word(word)
    return (word_for_arguments(word),) if other else ()


TEN, THOUSAND = 10, 1000
"""What is before and after the comma of `FC(4,096)` is less."""


def units_instead(kind: str, units: int, value: int, *, by_name: bool) -> tuple[str, ...]:
    """What is said of `FC(128, 10)`, as PyTorch's Linear has it, and of FC6(4096), whose units are in its name."""
    arrive = f"write {kind}({value}, in={units}) if {units} values arrive and {value} are given"
    if by_name:
        return (f"write {kind}({value}) as {kind.lower()}{units} if {units} only numbers the layer", arrive)
    thousands = f"or {kind}({THOUSAND * units + value}) if the comma separates thousands"
    return (arrive, thousands) if units < TEN and value < THOUSAND else (arrive,)


def of_recurrent(kind: str, units: int, value: int) -> tuple[str, ...]:
    """What is said of `LSTM(300, 128)`, as PyTorch has it, and of `LSTM(128, 2)`, two layers."""
    if value < TEN:
        return (f"write [{kind}({units})]*{value} for {value} layers",)
    return units_instead(kind, units, value, by_name=False)[:1]


ALONE = {
    "SOFTMAX": "write FC({0}) => SOFTMAX for {0} classes",
    "GAP": "write GAP for the average of the whole map, or AVGPOOL({0}) for windows",
}
"""What is said of a number after a name that takes none."""
