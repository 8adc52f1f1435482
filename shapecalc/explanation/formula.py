"""Formulas in letters, such as `F·F·D/groups·K`: written for a layer at hand, and worked with its numbers.

A letter that has a number for every axis stands alone for one axis, and `F·F` for all of them: `F·F·F` in three.
Where a letter has several numbers, `D + D` is their sum: `D1 + D2 + D3`, or `2·P` where both are the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import Any

from shapecalc.core.exact import Exact
from shapecalc.core.layer import Layer, Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Ends, Sizes
from shapecalc.core.record import Record
from shapecalc.core.window import decimal
from shapecalc.expansion.evaluate import FUNCTIONS, OPERATORS
from shapecalc.language import syntax
from shapecalc.parse import parse_value


class Axes(tuple[int | Fraction, ...]):
    """A number for every axis, to be multiplied."""


class Parts(tuple[int, ...]):
    """Numbers to be added: padding before and after, the depths of branches."""


Number = int | Fraction
Letters = Mapping[str, Number | Axes | Parts]

SPATIAL = {"W": ("W", "H", "Z"), "W2": ("W2", "H2", "Z2")}
"""What the sizes of the axes are called; other letters are the same on every axis."""

MOST_PARTS = 50
"""How many numbers to be added are written out."""

_NAME = r"[A-Za-z_]\w*"
_PRODUCT = re.compile(rf"({_NAME})·\1\b")
_SUM = re.compile(rf"(?:(?<=[(])|([+−]) |^)({_NAME}) ([+−]) \2\b")
_NEUTRAL = re.compile(r"([·/]| [+−] )([a-z_]\w*)\b(?!\()")


class Worked(Record):
    """A formula for a layer at hand: in letters, in numbers, and what it gives."""

    letters: str
    numbers: str
    value: Number

    def __str__(self) -> str:
        steps = dict.fromkeys((self.letters, self.numbers, value_text(self.value)))
        return " = ".join(steps)


def worked(formula: str, letters: Letters) -> Worked:
    """The formula with its neutral terms left out (`/groups` of one group), its letters and its numbers.

    Raises KeyError for a letter without a value.

    >>> print(worked("F·F·D/groups·K", {"F": Axes((11, 11)), "D": 3, "groups": 1, "K": 96}))
    F·F·D·K = 11·11·3·96 = 34,848
    >>> print(worked("(W − Fe + P + P)/S + 1", {"W": 224, "Fe": 11, "P": Parts((1, 2)), "S": 4}))
    (W − Fe + P1 + P2)/S + 1 = (224 − 11 + 1 + 2)/4 + 1 = 55
    """
    # A factor of one and a summand of nothing are left out.
    text = _NEUTRAL.sub(lambda f: "" if letters.get(f[2]) == (1 if f[1] in "·/" else 0) else f[0], formula)
    named = _SUM.sub(lambda f: _sum(f, letters, numbers=False), text)
    named = _PRODUCT.sub(lambda f: "·".join(_axes(f[1], letters)), named)
    counted = _SUM.sub(lambda f: _sum(f, letters, numbers=True), text)
    counted = _PRODUCT.sub(lambda f: "·".join(map(number_text, _numbers(letters[f[1]]))), counted)
    counted = re.sub(rf"{_NAME}(?!\w*\()", lambda found: _number(found[0], letters), counted)
    return Worked(named, counted, evaluated(counted))


def value_text(value: Number) -> str:
    """A result: with thousands separators, or as a decimal fraction."""
    return f"{value:,}" if isinstance(value, int) or value.denominator == 1 else decimal(value)


def number_text(value: Number) -> str:
    """A number inside of a formula."""
    return decimal(Fraction(value))


def _numbers(value: Number | Axes | Parts) -> tuple[Number, ...]:
    return tuple(value) if isinstance(value, tuple) else (value,)


def _axes(name: str, letters: Letters) -> list[str]:
    count = len(_numbers(letters[name]))
    return list(SPATIAL.get(name, (name,) * count)[:count])


def _sum(found: re.Match[str], letters: Letters, *, numbers: bool) -> str:
    """`+ P + P` as `+ 2·P`, or with a number of its own for each part; of very many parts only the sum.

    >>> print(worked("D + D", {"D": Parts([4] * 100)}))
    D1 + … + D100 = 400
    """
    sign, name, between = found[1], found[2], found[3]
    parts = _numbers(letters[name])
    lead = f"{sign} " if sign else ""
    if name == "P" and len(set(parts)) == 1:
        return f"{lead}2·{parts[0] if numbers else name}"
    if len(parts) > MOST_PARTS and between == "+":
        return lead + (number_text(sum(parts)) if numbers else f"{name}1 + … + {name}{len(parts)}")
    shown = [number_text(p) if numbers else f"{name}{place}" for place, p in enumerate(parts, 1)]
    return lead + f" {between} ".join(shown)


def _number(name: str, letters: Letters) -> str:
    value = letters[name]
    return number_text(prod(value) if isinstance(value, Axes) else sum(value) if isinstance(value, Parts) else value)


@lru_cache(maxsize=4096)
def evaluated(text: str) -> Number:
    """The value of a formula in numbers, exactly, as a diagram has it.

    >>> evaluated("(224 − 11 + 2·0)/4 + 1"), evaluated("floor(20·1.5)"), evaluated("64/2^2")
    (Fraction(217, 4), 30, 16)
    """
    return _value(parse_value(text.replace("·", "*").replace("−", "-")))


def _value(expression: syntax.Expression) -> Exact:
    """The value of numbers: here they may be larger than a diagram may write them."""
    match expression:
        case syntax.Number(value):
            return value
        case syntax.Unary(operand):
            return -_value(operand)
        case syntax.Binary(operator, left, right):
            return OPERATORS[operator](_value(left), _value(right))
        case syntax.Made(name, arguments):
            return FUNCTIONS[name][1](*(_value(argument.value) for argument in arguments))
    raise ValueError(f"{expression} is not a part of a formula")


# --- what letters stand for -----------------------------------------------------------------------


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
        number = _letter_number(value, rank)
        if number is not None:
            found[letter] = number
    if isinstance(found.get("F"), Axes):
        gaps = found.get("dilation", Axes((1,) * rank))
        found["d"] = gaps
        found["Fe"] = Axes(d * (f - 1) + 1 for f, d in zip(found["F"], gaps, strict=True))
    return found


def _letter_number(value: Any, rank: int) -> Any:
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
