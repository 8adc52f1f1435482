"""Values that are given from outside for a network: sizes, and what open names stand for."""

from __future__ import annotations

import re

from shapecalc.core.exact import Exact
from shapecalc.core.parameters import Sizes, Word, one_number
from shapecalc.core.size_text import read_size
from shapecalc.diagnostics.diagnostic import Diagnosed, report

_MOST_DIGITS = 9
"""Digits of a number in a size that is given from outside: no axis is longer."""


def input_size(text: str) -> Sizes:
    """`227x227x3` as sizes, depth last; `784` alone, for inputs that are rows. Raises ValueError for another text."""
    alone = re.fullmatch(r"[0-9]{1,9}", text)
    sizes = (int(text),) if alone else read_size(text, digits=_MOST_DIGITS)
    if sizes is None or len(sizes) > 4 or 0 in sizes:
        raise ValueError(f"'{text}' is not width x height x depth, such as 224x224x3")
    return Sizes(sizes)


def not_a_row(value: int) -> Diagnosed:
    """What to raise for an --input of one number where the network reads no row of values."""
    message = f"--input {value} is not width x height x depth, such as 224x224x3"
    return Diagnosed(report("SHP010", message, help=(one_number(value),)))


def binding(text: str) -> Exact | Sizes | Word:
    """A whole number, a fraction, a size or a word. Raises ValueError for another text."""
    if re.fullmatch(r"-?[0-9]{1,15}", text):
        return int(text)
    if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15}|/[0-9]{1,15})", text) and not re.fullmatch(r".*/0+", text):
        from fractions import Fraction

        return Fraction(text)
    if sizes := read_size(text, digits=_MOST_DIGITS):
        return Sizes(sizes)
    if text.isidentifier():
        return Word(text)
    raise ValueError(f"'{text}' is not a number, a size or a word")
