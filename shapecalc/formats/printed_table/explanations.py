"""Layers of ours that make a printed row of what it reads: the plainest first."""

from __future__ import annotations

from shapecalc.core.parameters import ArgumentError
from shapecalc.core.window import ShapeError
from shapecalc.formats.printed_table.asked_rows import Arguments, Asked, Guesses, Way
from shapecalc.formats.printed_table.plain_guesses import PLAIN, UNTRIED
from shapecalc.formats.printed_table.window_guesses import WINDOWED
from shapecalc.lowering.assembler import layer_of
from shapecalc.registry import by_name


def ways(asked: Asked) -> list[Way]:
    """The layers that explain a row; none where its filter, its order or its kind is not one that is tried."""
    kind = asked.named.type.kind
    found: list[Way] = []
    for name, groups in _guesses(asked):
        for arguments in groups:
            way = _verified(asked, name, arguments)
            if way and not any(_alike(way, other, asked) for other in found):
                found.append(way)
        if found:
            return found if kind in WINDOWED else found[:1]
    return found


def _alike(one: Way, other: Way, asked: Asked) -> bool:
    """Whether two ways slide the same windows: `same` and 1 are one padding of a 3x3."""
    volume = asked.before
    return one.layer.windows(volume) == other.layer.windows(volume) and (
        one.arguments.get("extent") == other.arguments.get("extent")
    )


def _verified(asked: Asked, name: str, arguments: Arguments) -> Way | None:
    named = by_name(name)
    assert named is not None
    try:
        layer = layer_of(named, arguments)
        outputs = [layer.output(*call) for call in asked.calls]
        arrays = layer.weights(*asked.calls[-1])
    except (ShapeError, ArgumentError, ValueError, ZeroDivisionError):
        return None
    state = sum(array.size for array in arrays if array.role == "running")
    params = sum(array.size for array in arrays) - state * (asked.framework == "torch")
    last = outputs[-1]
    same = last.sizes == asked.after.sizes if asked.after else asked.depth in (None, last.depth)
    return Way(name, arguments, layer) if same and params == asked.params else None


def _guesses(asked: Asked) -> Guesses:
    kind = asked.named.type.kind
    if kind in WINDOWED:
        return WINDOWED[kind](asked)
    plain = PLAIN.get(kind)
    if plain is None:
        stated = any(parameter.required for parameter in asked.named.type.signature)
        return iter([] if stated or kind in UNTRIED else [(asked.named.shown, iter([{}]))])
    return iter([(name, iter([arguments])) for name, arguments in plain(asked)])
