"""Numbers of float32 as people write them."""

from __future__ import annotations

from fractions import Fraction
from math import isclose

MOST_PARTS = 1_000
"""Up to which denominator a number is written as a fraction."""


def short_number(number: float) -> Fraction:
    """A short fraction where the number is the nearest to one, else its digits.

    >>> short_number(0.3333333432674408)  # the float32 nearest to 1/3
    Fraction(1, 3)
    """
    short = Fraction(number).limit_denominator(MOST_PARTS)
    return short if isclose(short, number, rel_tol=6e-8) else Fraction(f"{number:.9g}")
