"""Values that are given from outside for a network: sizes, and what open names stand for."""

from __future__ import annotations

import re

from shapecalc.core.exact import Exact
from shapecalc.core.parameters import Sizes, Word, one_number
from shapecalc.core.size_text import read_size

_MOST_DIGITS = 9
"""Digits of a number in a size that is given from outside: no axis is longer."""


def input_size(text: str) -> Sizes:
    """`227x227x3` as sizes, depth last. Raises ValueError for another text."""
    sizes = read_size(text, digits=_MOST_DIGITS)
    if sizes is None or len(sizes) > 4 or 0 in sizes:
        several = f"; {one_number(int(text))}" if re.fullmatch(r"[1-9][0-9]{0,8}", text) else ""
        raise ValueError(f"'{text}' is not width x height x depth, such as 224x224x3{several}")
    return Sizes(sizes)


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
