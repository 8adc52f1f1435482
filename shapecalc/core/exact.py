"""Exact numbers: whole ones, their divisors, and fractions, whose module takes long to load."""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

if TYPE_CHECKING:
    from fractions import Fraction


Exact: TypeAlias = "int | Fraction"


def is_exact(value: object) -> TypeGuard[Exact]:
    """Whether a value is a whole number or a fraction."""
    return hasattr(value, "denominator")


def divided(dividend: Exact, divisor: Exact) -> Exact:
    """The exact quotient, whole where it is. Raises ZeroDivisionError.

    >>> divided(6, 3), divided(7, 2)
    (2, Fraction(7, 2))
    """
    if isinstance(dividend, int) and isinstance(divisor, int) and not dividend % divisor:
        return dividend // divisor
    from fractions import Fraction

    return Fraction(dividend) / divisor


# --- divisors -------------------------------------------------------------------------------------

LARGEST_TRIED = 100_000
"""Numbers that are divided by: of a product of two larger primes only 1 and itself are found."""


def divisors(number: int) -> list[int]:
    """Every divisor, in order, with none of two factors above 100,000.

    >>> divisors(12), divisors(1), divisors(999_999_937)
    ([1, 2, 3, 4, 6, 12], [1], [1, 999999937])
    """
    small = [n for n in range(1, min(isqrt(number), LARGEST_TRIED) + 1) if number % n == 0]
    return sorted({*small, *(number // n for n in small)})
