"""Finds what recurs in chains: equal branches, equal neighbours and equal sequences, whatever their numbers are.

Sequences are found pair by pair, the most frequent first (Larsson and Moffat, Off-line dictionary-based compression,
1999), and what is there several times in a row is one item before the next pair is looked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator
from itertools import groupby, pairwise

from shapecalc.passes.graph import Graph
from shapecalc.writers.diagram.chains import ChainPart
from shapecalc.writers.diagram.items import (
    Again,
    BlockUse,
    Chain,
    Each,
    Item,
    Join,
    NamedPoint,
    Pattern,
    Single,
    instances_of,
    numbers,
    stacked,
)
from shapecalc.writers.diagram.layer_calls import single, whole_text


def items_of(
    graph: Graph,
    chain: Iterable[ChainPart],
    tapped: set[int],
    *,
    extents: bool,
    names: dict[int, str] | None = None,
    owners: Collection[int] = (),
) -> Chain:
    """Layers, and the points between them, which have the names of their nodes unless others are given.

    Those of `owners` have weights that others use.
    """
    found: Chain = []
    for part in chain:
        node = graph.nodes[part.node]
        point = names[part.node] if names and part.node in names else node.name
        if part.tap:
            found.append(NamedPoint(point, tap=True))
            continue
        if part.branches:
            branches = [
                items_of(graph, branch, tapped, extents=extents, names=names, owners=owners) for branch in part.branches
            ]
            found.append(Join(whole_text(node), branches, [part.node]))
        else:
            share = "" if node.shares is None else (names or {}).get(node.shares, graph.nodes[node.shares].name)
            own = point if part.node in owners else ""
            found.append(single(node, extents=extents, share=share, point=own))
        if part.node in tapped:
            found.append(NamedPoint(point, tap=False))
    return found


class Recurring:
    """Chains with their patterns; `eager` makes a loop of neighbours with other numbers as soon as they are seen."""

    def __init__(self, chains: list[Chain], *, eager: bool) -> None:
        self.chains, self.eager = chains, eager
        self.patterns: list[Pattern] = []

    def find(self) -> None:
        """Finds all patterns and puts them into the chains."""
        self._find_branches()
        while True:
            self._fold(self.eager)
            pair = self._most_frequent_pair()
            if pair is None and not self.eager:
                self.eager = True
            elif pair is None:
                return
            else:
                self._replace_pair(pair)

    def all_chains(self) -> Iterator[Chain]:
        """Every chain, the bodies of patterns and the branches in them too."""
        waiting = [*self.chains, *(pattern.body for pattern in self.patterns)]
        while waiting:
            chain = waiting.pop()
            yield chain
            waiting += [inner for item in chain if isinstance(item, Join) for inner in item.chains]

    # --- branches -------------------------------------------------------------------------------

    def _find_branches(self) -> None:
        """Equal branches become uses of a pattern, the innermost first."""
        settled: set[int] = set()
        while True:
            found: dict[Hashable, list[tuple[Chain, int]]] = {}
            for chain in list(self.all_chains()):
                for place, item in enumerate(chain):
                    if isinstance(item, Join) and id(item) not in settled and _is_closed(item):
                        item.alone = False
                        settled.add(id(item))
                        found.setdefault(item.key, []).append((chain, place))
            if not found:
                return
            for places in found.values():
                joins = [chain[place] for chain, place in places]
                if len(joins) > 1:
                    self._replace([[join] for join in joins], places)
                else:
                    joins[0].alone = True  # type: ignore[union-attr]

    def _replace(self, parts: list[list[Item]], places: list[tuple[Chain, int]]) -> None:
        """Makes a pattern of equal parts, and puts its uses where they stand in their chains."""
        body = [stacked(items) for items in zip(*parts, strict=True)]
        sizes = [max(map(instances_of, part)) for part in parts]
        pattern = Pattern(len(self.patterns), body, sum(sizes))
        self.patterns.append(pattern)
        first = 0
        for (chain, place), part, size in zip(places, parts, sizes, strict=True):
            chain[place : place + len(part)] = [BlockUse(pattern, list(range(first, first + size)))]
            first += size

    # --- neighbours -----------------------------------------------------------------------------

    def _fold(self, each: bool) -> None:
        """Neighbours of one key become one item, until there are none left."""
        for chain in list(self.all_chains()):
            while True:
                before = len(chain)
                _fold_equal(chain)
                if each:
                    _fold_different(chain)
                if len(chain) == before:
                    break
            _fold_single(chain)

    # --- sequences ------------------------------------------------------------------------------

    def _most_frequent_pair(self) -> tuple[Hashable, Hashable] | None:
        counts: Counter[tuple[Hashable, Hashable]] = Counter()
        activations: set[Hashable] = set()
        for chain in self.all_chains():
            for one, other in pairwise(chain):
                if _repeats(one) and _repeats(other) and one.key != other.key:
                    counts[one.key, other.key] += 1
                    if isinstance(one, Single) and one.type.op_category == "activation":
                        activations.add(one.key)
        # Of equal ones that which does not begin with an activation: it belongs to what is before it.
        found = max(counts, key=lambda pair: (counts[pair], pair[0] not in activations), default=None)
        return found if found is not None and counts[found] > 1 else None

    def _replace_pair(self, pair: tuple[Hashable, Hashable]) -> None:
        places: list[tuple[Chain, int]] = []
        for chain in self.all_chains():
            place = 0
            while place + 1 < len(chain):
                if (chain[place].key, chain[place + 1].key) == pair:
                    places.append((chain, place))
                    place += 1
                place += 1
        # From the end of each chain, so that the places before stay what they are.
        places.reverse()
        self._replace([chain[place : place + 2] for chain, place in places], places)


def _repeats(item: Item) -> bool:
    """Whether an item can be part of a pattern."""
    if isinstance(item, Single):
        return not item.type.starts
    return not (isinstance(item, NamedPoint) or (isinstance(item, Join) and item.alone))


def _is_closed(join: Join) -> bool:
    """Whether no point is named or used in the branches, and there is a layer in them."""
    items = [item for chain in join.chains for item in chain]
    return bool(items) and all(_repeats(item) for item in items)


def _equal(one: Item, other: Item) -> bool:
    return _repeats(one) and one.key == other.key and all(
        numbers(one, row) == numbers(other, row) for row in range(instances_of(one))
    )  # fmt: skip


def _fold_equal(chain: Chain) -> None:
    """Equal neighbours become one item with a count."""
    found: Chain = []
    run = 0
    for item in chain:
        if found and _equal(found[-1] if run == 1 else found[-1].item, item):  # type: ignore[union-attr]
            run += 1
            counts = [run] * instances_of(item)
            found[-1] = Again(found[-1] if run == 2 else found[-1].item, counts)  # type: ignore[union-attr]
        else:
            found.append(item)
            run = 1
    chain[:] = found


def _fold_different(chain: Chain) -> None:
    """Neighbours of one key become one item with the numbers of each."""
    found: Chain = []
    for _, group in groupby(chain, key=lambda item: item.key):
        items = _written_out(list(group))
        found += [Each(items)] if len(items) > 1 and _repeats(items[0]) else items
    chain[:] = found


def _written_out(items: list[Item]) -> list[Item]:
    """Where few of several items are repeated, and the same number of times everywhere, each time by itself."""
    counted = [item for item in items if isinstance(item, Again) and len(set(item.counts)) == 1]
    if len(items) == 1 or len(counted) < len(items) or 2 * sum(item.counts[0] > 1 for item in counted) >= len(items):
        return items
    return [item.item for item in counted for _ in range(item.counts[0])]


def _fold_single(chain: Chain) -> None:
    """Where an item is there several times in a row, one that is alone is once in a row."""
    several = {item.item.key for item in chain if isinstance(item, Again)}
    for place, item in enumerate(chain):
        if not isinstance(item, NamedPoint | Again) and item.key in several:
            chain[place] = Again(item, [1] * instances_of(item))
