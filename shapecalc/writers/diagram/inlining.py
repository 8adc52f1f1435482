"""Which patterns become blocks, and which are written out where they are used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from shapecalc.writers.diagram.items import Again, BlockUse, Chain, Each, Item, Join, Pattern

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

    def count(item: Item) -> None:
        match item:
            case BlockUse():
                counts[item.block.number] += 1
                if item.block.number in inlined:
                    for inner in item.block.body:
                        count(inner)
            case Join():
                for chain in item.chains:
                    for inner in chain:
                        count(inner)
            case Again():
                count(item.item)
            case Each():
                count(item.items[0])
            case _:
                pass

    for chain in (*chains, *(p.body for p in patterns if p.number not in inlined)):
        for item in chain:
            count(item)
    return counts


def _length(chain: Sequence[Item], inlined: set[int]) -> int:
    """Calls that a chain is written with."""
    total = 0
    for item in chain:
        match item:
            case Join():
                total += 1 + sum(_length(inner, inlined) for inner in item.chains)
            case BlockUse():
                total += _length(item.block.body, inlined) if item.block.number in inlined else 1
            case Again():
                total += _length([item.item], inlined)
            case Each():
                total += _length(item.items[:1], inlined)
            case _:
                total += 1
    return total
