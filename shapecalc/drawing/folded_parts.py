"""Puts what comes several times in a picture, one after another, into one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from shapecalc.drawing.steps import FoldedParts, Part, Region

LONGEST_PERIOD = 12
"""Parts of a chain that are looked at as one that is repeated."""


def folded(parts: Sequence[Part]) -> list[Part]:
    """The parts with what comes several times, one after another, put into one."""
    parts = [_inner_folded(part) for part in parts]
    signatures = [part.signature for part in parts]
    found: list[Part] = []
    at = 0
    while at < len(parts):
        period, count = _repeat(signatures, at)
        if count > 1:
            found.append(FoldedParts([parts[i : i + period] for i in range(at, at + period * count, period)]))
        else:
            found.append(parts[at])
        at += period * count
    return found


def _inner_folded(part: Part) -> Part:
    if isinstance(part, Region):
        part.chains = [folded(chain) for chain in part.chains]
    return part


def _repeat(signatures: Sequence[Hashable], at: int) -> tuple[int, int]:
    """How many parts from here on come how often; 1 and 1 where nothing does."""
    best = (1, 1)
    for period in range(1, min(LONGEST_PERIOD, (len(signatures) - at) // 2) + 1):
        first, count = signatures[at : at + period], 1
        while signatures[at + period * count : at + period * (count + 1)] == first:
            count += 1
        if count > 1 and period * (count - 1) > best[0] * (best[1] - 1):
            best = (period, count)
    return best
