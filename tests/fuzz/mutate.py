"""Spoils texts: tokens lost, doubled, swapped or taken from another text, numbers blown up, bytes flipped."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from tests.hostile import HOSTILE

TOKEN = re.compile(r"\d+|\w+|=>|->|<=|>=|\.\.|\s+|[^\w\s]")
NUMBERS = (
    "0", "-1", "1e-30", "1e30", "1e400", "10^20", "2^64", "99999999999999999999", "2147483648", "100000", "0.5",
    "1/3", "nan", "inf", "-inf", "true", "null", "?", "N", "٣", "２", "²", "½", "0x10", "1_0", "3x3", "1000000000x1",
)  # fmt: skip
WORDS = (
    "[", "]", "(", ")", "|", "*", "=>", "@", ":", "?", ",", "for a in 0..3", "as x", "*1000", "let a = 1", "block b =",
    "share c1", "---\n", "<<: *a", "&a", "!!python/object:os", "{", "}", '"', "'", "\\ud800", "\\u0000", "\ud800",
    "\t", "\u00a0", "\ufeff", "\u202e", "#", "# shapecalc: ignore[SHP201]", "-", "\r", "\x0c", "\u2028", "\0",
    *(text for text in HOSTILE.values() if len(text) < 100),
)  # fmt: skip


def mutate(text: str, others: Sequence[str], random: Random) -> str:
    """The text after one to five changes."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        change = random.choice(CHANGES)
        text = change(text, others, random)
    return text


def tokens(text: str) -> list[str]:
    """Words, numbers, signs and spaces: joined, they are the text."""
    return TOKEN.findall(text) or [text]


def lose(text: str, others: Sequence[str], random: Random) -> str:
    found = tokens(text)
    at = random.randrange(len(found))
    del found[at : at + random.choice((1, 1, 2, 8))]
    return "".join(found)


def double(text: str, others: Sequence[str], random: Random) -> str:
    found = tokens(text)
    at, length = random.randrange(len(found)), random.choice((1, 1, 3, 20))
    found[at:at] = found[at : at + length] * random.choice((1, 1, 2, 30))
    return "".join(found)


def swap(text: str, others: Sequence[str], random: Random) -> str:
    found = tokens(text)
    a, b = random.randrange(len(found)), random.randrange(len(found))
    found[a], found[b] = found[b], found[a]
    return "".join(found)


def splice(text: str, others: Sequence[str], random: Random) -> str:
    found, other = tokens(text), tokens(random.choice(others))
    at, begin = random.randrange(len(found)), random.randrange(len(other))
    found[at : at + random.choice((0, 1, 5))] = other[begin : begin + random.choice((1, 3, 20))]
    return "".join(found)


def blow_up(text: str, others: Sequence[str], random: Random) -> str:
    found = tokens(text)
    places = [i for i, token in enumerate(found) if token.isdecimal()]
    if not places:
        return text
    at = random.choice(places)
    found[at] = random.choice((*NUMBERS, found[at] * 8, str(int(found[at]) + 1), f"{found[at]}000000"))
    return "".join(found)


def put(text: str, others: Sequence[str], random: Random) -> str:
    found = tokens(text)
    at = random.randrange(len(found) + 1)
    found[at : at + random.choice((0, 1))] = random.choice(WORDS)
    return "".join(found)


def lines(text: str, others: Sequence[str], random: Random) -> str:
    found = text.splitlines(keepends=True) or [text]
    a, b = random.randrange(len(found)), random.randrange(len(found))
    found[a] = random.choice((found[b], "", found[a] + found[b], " " + found[a], found[a].lstrip()))
    return "".join(found)


def flip(text: str, others: Sequence[str], random: Random) -> str:
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(random.choice((1, 1, 4)) if data else 0):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return data.decode("utf-8", "surrogateescape")


Change = Callable[[str, Sequence[str], Random], str]
CHANGES: tuple[Change, ...] = (lose, double, swap, splice, blow_up, blow_up, put, put, lines, flip)
"""Each gives a text of a text; those that find most stand twice."""
