"""Exact numbers: whole ones, and fractions, whose module takes a third of the time of Python's own start to load."""

from __future__ import annotations

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
