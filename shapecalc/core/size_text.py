"""Sizes as texts write them, `224x224x3` or `224 × 224 × 3`: their pattern, and their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from shapecalc.core.patterns import lazy_pattern

CROSS = r"\s*[xX×]\s*"
"""What is between two numbers of a size."""
SIZE = rf"[0-9]+(?:{CROSS}[0-9]+)+"
"""The pattern of a size of two numbers or more."""
MOST_DIGITS = 30
"""Digits that a number may have: no size is this large, and Python refuses to read thousands of them."""

_CROSS, _SIZE = lazy_pattern(rf"(?<!\s){CROSS}"), lazy_pattern(SIZE)


def size_text(sizes: Iterable[object]) -> str:
    """Sizes as texts have them: `3x5`."""
    return "x".join(map(str, sizes))


def shortest_size(sizes: Sequence[object]) -> str:
    """The same, one number where all axes have the same: `3`."""
    return size_text(sizes[:1] if len(set(sizes)) == 1 else sizes)


def is_size(text: str) -> bool:
    """Whether a text is a size and nothing else."""
    return _SIZE.fullmatch(text) is not None


def split_size(text: str) -> list[str]:
    """The numbers of a size as they are written."""
    return _CROSS.split(text)


@lru_cache(maxsize=1024)
def read_size(text: str, digits: int = MOST_DIGITS) -> tuple[int, ...] | None:
    """The numbers of a size; None for another text, and where a number has more than so many digits."""
    numbers = split_size(text) if is_size(text) else []
    return tuple(map(int, numbers)) if numbers and max(map(len, numbers)) <= digits else None
