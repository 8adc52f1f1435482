"""A layer as a diagram calls it: what of its arguments is a number, and the text of the call."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import isfinite
from typing import Any

from shapecalc.core.layer import Layer
from shapecalc.core.padding import PRESERVE, Padding
from shapecalc.core.parameters import ArgumentError, Parameter, Sizes, Word, show
from shapecalc.core.window import ShapeError
from shapecalc.passes.graph import Node
from shapecalc.registry import WINDOW, resolve
from shapecalc.writers.diagram.items import Number, Single

EXTENT = "F"


def single(node: Node, *, extents: bool, share: str = "", point: str = "") -> Single:
    """A node's layer; with `extents`, the sizes of windows are numbers like others, else a part of what it is."""
    layer = node.layer
    if not layer.understood:
        raise ValueError(f"{node.name} could not be understood")
    name, words, numbers = _taken_apart(layer, node.text, extents)
    return Single(name, type(layer), words, [numbers], [node.index], share, point)


@lru_cache
def _taken_apart(
    layer: Layer, text: str, extents: bool
) -> tuple[str, tuple[tuple[str, str | None], ...], tuple[Number, ...]]:
    """The name, words and numbers of a layer: once for all iterations of a repeat, which have one layer object."""
    name, implied = _name(text, layer)
    values = layer.arguments | _padding_in_numbers(layer)
    words: list[tuple[str, str | None]] = []
    found: list[Number] = []
    for argument in layer.signature:
        value = values[argument.field]
        if argument.field in implied or value is None:
            continue
        number = _number(argument, value)
        if number is None or (argument.letter in (EXTENT, "P") and not extents):
            words.append((argument.letter, _text(argument, value) if number is None else figure_text(number)))
        else:
            words.append((argument.letter, None))
            found.append(number)
    return name, tuple(words), tuple(found)


def whole_text(node: Node) -> str:
    """A node's layer with its arguments, as a diagram has it."""
    if not node.layer.opaque:
        return node.text
    item = single(node, extents=True)
    numbers_left = iter(item.rows[0])
    return written(
        item, {letter: figure_text(next(numbers_left)) if text is None else text for letter, text in item.words}
    )


def _padding_in_numbers(layer: Layer) -> dict[str, Padding]:
    """The padding of a window that keeps the size, as one number where it is one."""
    window = layer.written_window
    if window is None or window.padding != PRESERVE or len({*window.extent}) > 1 or len({*window.dilation}) > 1:
        return {}
    reach = (window.extent[0] - 1) * window.dilation[0]
    return {} if reach % 2 else {WINDOW["P"]: Padding("", ((reach // 2, reach // 2),))}


def _name(text: str, layer: Layer) -> tuple[str, Sequence[str]]:
    """The name that the node's text has for its layer, and the arguments that it implies."""
    named = resolve(text.partition("(")[0].strip())
    if named is not None and named.type is type(layer) and not named.leading:
        return named.shown, list(named.implied)
    return layer.kind, ()


def figure_text(number: Number) -> str:
    """A number as a diagram has it; the last digits of a fraction are those of the machine, and left out."""
    return str(number) if isinstance(number, int) else f"{number:.12g}"


def _number(argument: Parameter, value: Any) -> Number | None:
    """The one number that an argument's value is; None where it is something else."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    found: Any = value
    if isinstance(value, Sizes):
        found = value[0] if len(set(value)) == 1 else None
    elif isinstance(value, Padding):
        ends = {n for pair in value.pairs for n in pair}
        found = ends.pop() if len(ends) == 1 and not value.name else None
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    try:
        back = argument.convert(found)
    except (ArgumentError, ShapeError):
        return None
    if isinstance(value, Padding):
        return found if set(back.pairs) == set(value.pairs) else None
    return found if back == value or (isinstance(value, Sizes) and set(back) == set(value)) else None


def _text(argument: Parameter, value: Any) -> str:
    """A value that is no number, in its shortest form, or the word that stands for it."""
    if isinstance(value, Padding):
        return value.shortest
    text = show(value)
    if not isinstance(value, str) or text in argument.words[:1] or _means(argument, text, value):
        return text
    return next((word for word in argument.words if _means(argument, word, value)), text)


def _means(argument: Parameter, word: str, value: Any) -> bool:
    try:
        return bool(argument.convert(Word(word)) == value)
    except (ArgumentError, ShapeError):
        return False


def written(item: Single, values: dict[str, str]) -> str:
    """The call, given the text of every argument by letter; what has its default anyway is left out."""
    kept: dict[str, Any] = {}
    parts: list[str] = []
    for argument in item.type.signature:
        text = values.get(argument.letter)
        if text is None:
            continue
        window = argument.letter in WINDOW and argument.letter != EXTENT
        default = item.type.defaults(kept).get(argument.field, argument.default)
        same = default is not None and text == _shown_default(argument, default)
        if same and not argument.required and (window or not argument.assumed):
            continue
        if argument.letter == EXTENT or argument.letter == "S":
            kept[argument.field] = argument.convert(int(text)) if text.isdigit() else text
        parts.append(text if len(parts) == 0 and argument is item.type.signature[0] else f"{argument.letter}={text}")
    return f"{item.name}({', '.join(parts)})" if parts else item.name


def _shown_default(argument: Parameter, default: Any) -> str:
    number = _number(argument, default)
    if isinstance(default, str) and not argument.words:
        return default
    return _text(argument, default) if number is None else figure_text(number)
