"""What the letters of a layer's formulas stand for: its sizes and its arguments, for one axis or for all."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Ends, Sizes
from shapecalc.explanation.formula import Axes, Letters, Number, Parts


def letters_of(layer: Layer, inputs: Sequence[Volume], output: Volume) -> dict[str, Any]:
    """The values of letters: W, D of the input, W2, D2 of the output, n axes, and every argument that is a number.

    An argument has its own letter, as it takes effect; Fe is the effective extent, d the dilation.
    """
    volume = inputs[0] if inputs else output
    rank = len(volume.spatial)
    found: dict[str, Any] = {
        "W": Axes(volume.spatial),
        "D": Parts(v.depth for v in inputs) if layer.merges else volume.depth,
        "W2": Axes(output.spatial),
        "D2": output.depth,
        "n": rank,
    }
    arguments = {a.letter: layer.arguments[a.field] for a in layer.signature} | layer.effective_arguments(volume)
    for letter, value in arguments.items():
        number = _number(value, rank)
        if number is not None:
            found[letter] = number
    if isinstance(found.get("F"), Axes):
        gaps = found.get("dilation", Axes((1,) * rank))
        found["d"] = gaps
        found["Fe"] = Axes(d * (f - 1) + 1 for f, d in zip(found["F"], gaps, strict=True))
    return found


def _number(value: Any, rank: int) -> Any:
    match value:
        case bool() | str() | None:
            return None
        case int() | Fraction():
            return value
        case Sizes() if len(value) in (1, rank):
            return Axes(value.over(rank))
        case Padding(name="", pairs=pairs) if len(pairs) in (1, rank):
            return tuple(Parts(pair) for pair in value.each(rank))
        case Ends():
            return Parts(value)
    return None


def on_axis(found: dict[str, Any], axis: int) -> Letters:
    """The letters for one axis: of what has a number for each, this axis' own."""
    chosen: dict[str, Number | Axes | Parts] = {}
    for letter, value in found.items():
        several = isinstance(value, Axes) or (isinstance(value, tuple) and not isinstance(value, Parts))
        chosen[letter] = value[axis] if several else value
    return chosen
