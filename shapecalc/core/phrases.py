"""How numbers, sizes and lists are said: counts with a noun, 224x224x3, names with commas, reasons of the system."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Sequence
from functools import lru_cache

from shapecalc.core.patterns import lazy_pattern


def plural(count: int, one: str, several: str | None = None) -> str:
    """The word that agrees with a number: `axis` or `axes`, `is` or `are`; an `s` at the end where none is given."""
    return one if count == 1 else several or f"{one}s"


def counted(count: int, one: str, several: str | None = None) -> str:
    """A number with its noun: `1 layer`, `1,200 layers`."""
    return f"{count:,} {plural(count, one, several)}"


def share_text(share: float) -> str:
    """A part of the whole, and what the program prints of it: `89 %`."""
    return f"{share:.0%}".replace("%", " %")


def listed(names: Sequence[str], most: int) -> str:
    """Names with commas between them; of many the first, and how many more there are.

    >>> listed(["conv1", "conv2", "conv3"], 2)
    'conv1, conv2 and 1 more'
    """
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def reason(problem: OSError) -> str:
    """Why the system has not done something: `no such file or directory`."""
    return (problem.strerror or str(problem)).lower()


def shortened(text: str, most: int = 40, tail: int = 0) -> str:
    """A text on one line and at most so long; `tail` is how many characters at its end are kept.

    >>> shortened("a name that goes on and on", 12)
    'a name that…'
    >>> shortened("a name that goes on and on", 12, tail=6)
    'a nam…and on'
    """
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    return f"{line[: most - 1 - tail]}…{line[len(line) - tail :]}"


def untaken(name: str, taken: Container[str], joint: str = "") -> str:
    """A name that is not taken yet, with a number after it where it is.

    >>> untaken("conv", {"conv", "conv2"}), untaken("conv", ())
    ('conv3', 'conv')
    """
    if name not in taken:
        return name
    number = 2
    while f"{name}{joint}{number}" in taken:
        number *= 2
    # So many equal names take no more than their number, where each number after the last one is free.
    between = range(number // 2 + 1, number)
    return f"{name}{joint}{between.start + bisect_left(between, True, key=lambda n: f'{name}{joint}{n}' not in taken)}"


def common_ends(one: Sequence[object], other: Sequence[object]) -> tuple[int, int]:
    """How many items two sequences begin with alike, and how many of the others they end with alike.

    >>> common_ends("CONV(3)", "CONV(33)"), common_ends("ab", "ab")
    ((6, 1), (2, 0))
    """
    most, head, tail = min(len(one), len(other)), 0, 0
    while head < most and one[head] == other[head]:
        head += 1
    while tail < most - head and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    return head, tail


# --- sizes ----------------------------------------------------------------------------------------

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
