"""Figures as people publish them (`34,944`, `61M`, `<= 93MB`, `61M ± 1%`), and which values they hold for."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shapecalc.core.exact import Exact, divided
from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.phrases import shortened
from shapecalc.core.record import Record

if TYPE_CHECKING:
    from fractions import Fraction

MOST_DIGITS = 30
"""Digits that a figure may have."""

_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}

_NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9,])|[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE]\+?[0-9]{1,2})?(?![0-9,])"
_AMOUNT = rf"({_NUMBER})\s*+([KMGTkmgt]i?)?(?:\s?(B|[Bb]ytes?)(?!\w))?"
_FIGURE = lazy_pattern(rf"(<=|>=|==|≤|≥|<|>|=)?(?:\s*+([~≈]))?\s*+{_AMOUNT}\s*+(?:(?:±|\+-|\+/-)\s*(.+))?")
_TOLERANCE = lazy_pattern(rf"{_AMOUNT}\s*+(%)?")

_BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SPELLINGS = {"≤": "<=", "≥": ">=", "==": "=", None: "="}


class Figure(Record):
    """A claimed figure, with everything that it can be read as."""

    text: str
    """As it was written."""
    relation: str
    """`=`, or a bound: `<`, `<=`, `>`, `>=`."""
    readings: tuple[tuple[Exact, Exact], ...]
    """A value and how far from it a value may lie; MB has two, as people mean 10^6 or 2^20 by it."""
    unit: str = ""
    """`B` for bytes; empty for a count."""

    def holds(self, value: Exact) -> bool:
        """Whether a computed value (in bytes when `unit` is `B`) is what one of the readings says.

        >>> figure = parse_figure("61M")  # within one unit of its last digit, or 1 %: 1,000,000 is more than 610,000
        >>> figure.holds(60_000_000), figure.holds(62_000_001)
        (True, False)
        >>> parse_figure("93MB").holds(93 * 2**20)  # megabytes of 1000 or of 1024
        True
        """
        bound = _BOUNDS.get(self.relation)
        if bound is not None:
            return any(bound(value, target) for target, _ in self.readings)
        return any(-slack <= value - target <= slack for target, slack in self.readings)

    @property
    def exact(self) -> bool:
        """Whether a single value satisfies it."""
        return self.relation == "=" and all(not slack for _, slack in self.readings)

    @property
    def value(self) -> Fraction:
        """The value in its first reading, where a decimal suffix is a power of ten."""
        from fractions import Fraction

        return Fraction(self.readings[0][0])

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=1024)
def parse_figure(text: str) -> Figure:
    """The figure that a text states.

    Without a suffix it is exact. One with a suffix (K, M, G, T; Ki, Mi, Gi, Ti; B after it for bytes), an
    exponent or a `~` holds within one unit of its last written digit or within 1 %, whichever is wider;
    `± 1%` and `± 500K` say it otherwise. Bounds are taken at their word. Raises ValueError,
    which says what to write.
    """
    written = text.strip()
    if written.isascii() and written.isdecimal() and len(written) <= MOST_DIGITS:
        return Figure(written, "=", ((int(written), 0),))  # most are so, and the expression is long
    match = _FIGURE.fullmatch(written)
    if match is None:
        raise ValueError(_error(written))
    sign, approximate, number, suffix, unit, tolerance = match.groups()
    relation = _SPELLINGS.get(sign, sign)
    mantissa, step, power = _decimal(number)
    scales = _scales(suffix, unit)
    rounded = bool(suffix or approximate or power)
    if not rounded and mantissa.denominator != 1:
        billions = f"; B is bytes: write {number}G for billions" if unit == "B" and not suffix else ""
        raise ValueError(f"'{written}' is not a whole number; a rounded figure has a suffix, such as 3.5K{billions}")
    if relation != "=" and (approximate or tolerance):
        bound = f"{relation} {number}{suffix or ''}{unit or ''}"
        raise ValueError(f"'{written}' is a bound, and a bound has no tolerance: write {bound}")
    targets = [mantissa * scale for scale in scales]
    if tolerance:
        slacks = _tolerances(tolerance, targets, written)
    elif rounded and relation == "=":
        slacks = [max(step * scale, divided(mantissa * scale, 100)) for scale in scales]
    else:
        slacks = [0] * len(targets)
    return Figure(written, relation, tuple(zip(targets, slacks, strict=True)), "B" if unit else "")


def _decimal(number: str) -> tuple[Exact, Exact, bool]:
    """The value of a decimal, one unit of its last digit, and whether it has an exponent."""
    digits, _, exponent = number.lower().replace(",", "").replace("_", "").partition("e")
    if len(digits) > MOST_DIGITS or int(exponent or 0) > MOST_DIGITS:
        raise ValueError(f"the figure {shortened(number, 13)} is too long")
    whole, _, decimals = digits.partition(".")
    step = divided(10 ** int(exponent or 0), 10 ** len(decimals))
    return int(whole + decimals) * step, step, bool(exponent)


def _scales(suffix: str | None, unit: str | None) -> list[int]:
    """What a suffix multiplies by: for KB, MB, GB both a power of ten and a power of two."""
    letter, binary = (suffix or "")[:1].upper(), (suffix or "").endswith("i")
    power = _POWERS[letter]
    if binary:
        return [1024**power]
    return [1000**power, 1024**power] if unit and power else [1000**power]


def _tolerances(text: str, targets: list[Exact], written: str) -> list[Exact]:
    """How far a value may lie from each target. Raises ValueError."""
    match = _TOLERANCE.fullmatch(text.strip())
    if match is None or (match[4] and (match[2] or match[3])):
        raise ValueError(f"'{written}' has a tolerance that cannot be read: write ± 1% or ± 500K")
    number, suffix, unit, percent = match.groups()
    amount = _decimal(number)[0]
    if percent:
        return [divided(target * amount, 100) for target in targets]
    scales = _scales(suffix, unit)
    # both sides of `93MB ± 1MB` are read in the same units
    scales = scales if len(scales) == len(targets) else scales[:1] * len(targets)
    return [amount * scale for scale in scales]


def _error(text: str) -> str:
    """What is wrong with a text that is no figure."""
    shown = shortened(text)
    if not text:
        return "a figure is missing: write one such as 34944, 61M or <= 5M"
    if text.startswith("-"):
        return f"'{shown}' is negative, and a figure cannot be"
    if text.startswith("!="):
        return f"'{shown}' excludes only one value: write the value, or a bound such as <= 5M"
    if re.fullmatch(r"\d+,\d+\s*\w*", text):
        return f"the comma in '{shown}' does not separate thousands: write {text.replace(',', '.')} or 34,944"
    if re.fullmatch(r".*\d\s*[KMGTkmgt]?i?b", text):
        return f"'{shown}' ends in a small b, which is bits: write B for bytes"
    return f"'{shown}' is not a figure: write one such as 34944, 61M, 93MB, <= 5M or 61M ± 1%"
