"""Divisors of a whole number."""

from __future__ import annotations

from math import isqrt

LARGEST_TRIED = 100_000
"""Numbers that are divided by: of a product of two larger primes only 1 and itself are found."""


def divisors(number: int) -> list[int]:
    """Every divisor, in order, with none of two factors above 100,000.

    >>> divisors(12), divisors(1), divisors(999_999_937)
    ([1, 2, 3, 4, 6, 12], [1], [1, 999999937])
    """
    small = [n for n in range(1, min(isqrt(number), LARGEST_TRIED) + 1) if number % n == 0]
    return sorted({*small, *(number // n for n in small)})
