"""Sets of sizes as people say them: `227, 259, 291, …` is 227 + 32·n."""

from __future__ import annotations

from collections.abc import Sequence


def progressions(sizes: Sequence[int], largest: int) -> list[tuple[int, int]]:
    """Pairs (first, step) that together are exactly the ascending sizes up to `largest`; a step of 0 is one size alone.

    >>> progressions([67, 99, 131, 163], 170)
    [(67, 32)]
    >>> progressions([1, 2, 3, 4, 5], 5)
    [(1, 1)]
    >>> progressions([3, 8, 12, 16, 20], 20)
    [(3, 0), (8, 4)]
    """
    members = set(sizes)
    left = list(sizes)
    found: list[tuple[int, int]] = []
    while left:
        first = left[0]
        step = next((s for s in _steps(left, largest) if _all_in(members, first, s, largest)), 0)
        found.append((first, step))
        covered = set(range(first, largest + 1, step)) if step else {first}
        left = [size for size in left if size not in covered]
    return found


FEWEST = 3
"""A progression has at least so many members: two sizes are no pattern."""


def _steps(left: Sequence[int], largest: int) -> list[int]:
    """Distances from the first size to those after it, as long as enough members fit."""
    first = left[0]
    return [size - first for size in left[1:] if first + (FEWEST - 1) * (size - first) <= largest]


def _all_in(members: set[int], first: int, step: int, largest: int) -> bool:
    return all(size in members for size in range(first, largest + 1, step))
