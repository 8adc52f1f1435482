"""Which patterns become blocks, and which are written out where they are used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from shapecalc.writers.diagram.items import Again, BlockUse, Chain, Each, Item, Join, Pattern, inside

LONGEST_LAYERS_UNNAMED = 3
"""Layers with branches that may stand in a loop without a name."""


def inlined_patterns(chains: Sequence[Chain], patterns: Sequence[Pattern]) -> set[int]:
    """The patterns that are written out where they are used: a block of its own would make the text longer."""
    inlined: set[int] = set()
    while True:
        uses = _uses(chains, patterns, inlined)
        for pattern in reversed(patterns):
            size, count = _length(pattern.body, inlined), uses[pattern.number]
            branches = pattern.size > 1 and size > LONGEST_LAYERS_UNNAMED and _has_branches(pattern)
            if pattern.number not in inlined and not branches and (count < 2 or (size - 1) * (count - 1) <= 2):
                inlined.add(pattern.number)
                break
        else:
            return inlined


def _has_branches(pattern: Pattern) -> bool:
    return any(isinstance(item, Join) for item in pattern.body)


def _uses(chains: Sequence[Chain], patterns: Sequence[Pattern], inlined: set[int]) -> Counter[int]:
    """How often each pattern is in the text."""
    counts: Counter[int] = Counter()
    waiting = [item for chain in (*chains, *(p.body for p in patterns if p.number not in inlined)) for item in chain]
    while waiting:
        item = waiting.pop()
        if isinstance(item, BlockUse):
            counts[item.block.number] += 1
        waiting += _written_in(item, inlined)
    return counts


def _length(chain: Sequence[Item], inlined: set[int]) -> int:
    """Calls that a chain is written with."""
    total = 0
    for item in chain:
        loop = isinstance(item, Again | Each) or (isinstance(item, BlockUse) and item.block.number in inlined)
        total += (not loop) + _length(_written_in(item, inlined), inlined)
    return total


def _written_in(item: Item, inlined: set[int]) -> list[Item]:
    """The items that are in the text of an item: a loop has its body once, a block is a call."""
    if isinstance(item, BlockUse):
        return item.block.body if item.block.number in inlined else []
    found = [inner for inner, _ in inside(item, 0)]
    return found[:1] if isinstance(item, Each) else found
