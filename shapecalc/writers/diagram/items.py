"""What chains are made of once numbers stand apart from what they are numbers of: equal keys, other numbers."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from shapecalc.core.layer import Layer

Chain: TypeAlias = "list[Item]"
Number: TypeAlias = int | float


@dataclass(slots=True)
class Single:
    """A layer, as it is in every instance of what it is part of."""

    name: str
    type: type[Layer]
    words: tuple[tuple[str, str | None], ...]
    """Each argument that may be written: its letter, and its text where that is no number."""
    rows: list[tuple[Number, ...]]
    """The numbers of each instance."""
    nodes: list[int]
    share: str = ""
    """The point whose weights it uses."""
    point: str = ""
    """Its own point, where others use its weights: so it is like no other layer, and part of no block."""

    @property
    def key(self) -> Hashable:
        return self.name, self.words, self.share, self.point


@dataclass(slots=True)
class Join:
    """Branches, and the layer that joins them."""

    name: str
    chains: list[Chain]
    nodes: list[int]
    alone: bool = True
    """Stands once, so that it is like nothing else."""

    @property
    def key(self) -> Hashable:
        if self.alone:
            return id(self)
        return self.name, tuple(tuple(item.key for item in chain) for chain in self.chains)


@dataclass(slots=True)
class NamedPoint:
    """A name after what is before it, or a tap (`@c3`): never like another one."""

    name: str
    tap: bool

    @property
    def key(self) -> Hashable:
        return id(self)


@dataclass(slots=True)
class BlockUse:
    """A block, once for each instance of what it is part of."""

    block: Pattern
    instances: list[int]
    """Which instances of the block they are."""

    @property
    def key(self) -> Hashable:
        return "use", self.block.number


@dataclass(slots=True)
class Again:
    """The same item several times, with the same numbers."""

    item: Item
    counts: list[int]

    @property
    def key(self) -> Hashable:
        return "again", self.item.key


@dataclass(slots=True)
class Each:
    """The same item several times, with other numbers each time."""

    items: list[Item]

    @property
    def key(self) -> Hashable:
        return "each", len(self.items), self.items[0].key


Item: TypeAlias = Single | Join | NamedPoint | BlockUse | Again | Each


@dataclass(slots=True)
class Pattern:
    """A part of the network that is there several times, with other numbers."""

    number: int
    body: Chain
    size: int
    """How many instances there are."""
    known: dict[int, tuple[Number, ...]] = field(default_factory=dict)

    def numbers(self, instance: int) -> tuple[Number, ...]:
        """All numbers of an instance."""
        found = self.known.get(instance)
        if found is None:
            found = tuple(n for item in self.body for n in numbers(item, instance))
            self.known[instance] = found
        return found


def numbers(item: Item, row: int) -> tuple[Number, ...]:
    """All numbers of an item in one instance of what it is part of."""
    match item:
        case Single():
            return item.rows[row]
        case Join():
            return tuple(n for chain in item.chains for inner in chain for n in numbers(inner, row))
        case NamedPoint():
            return ()
        case BlockUse():
            return item.block.numbers(item.instances[row])
        case Again():
            return item.counts[row], *numbers(item.item, row)
        case Each():
            return tuple(n for inner in item.items for n in numbers(inner, row))


def stacked(items: Sequence[Item]) -> Item:
    """Items of one key as one, with the instances of the first, then those of the second, and so on."""
    first = items[0]
    match first:
        case Single():
            rows = [row for item in items for row in item.rows]  # type: ignore[union-attr]
            return Single(first.name, first.type, first.words, rows, _nodes(items), first.share)
        case Join():
            chains = [stacked_chain([item.chains[place] for item in items])  # type: ignore[union-attr]
                      for place in range(len(first.chains))]  # fmt: skip
            return Join(first.name, chains, _nodes(items), first.alone)
        case NamedPoint():
            return first
        case BlockUse():
            return BlockUse(first.block, [i for item in items for i in item.instances])  # type: ignore[union-attr]
        case Again():
            inner = stacked([item.item for item in items])  # type: ignore[union-attr]
            return Again(inner, [n for item in items for n in item.counts])  # type: ignore[union-attr]
        case Each():
            return Each([stacked([item.items[place] for item in items])  # type: ignore[union-attr]
                         for place in range(len(first.items))])  # fmt: skip


def stacked_chain(chains: Sequence[Chain]) -> Chain:
    """Chains of equal keys as one."""
    return [stacked(items) for items in zip(*chains, strict=True)]


def taken(item: Item, rows: Sequence[int]) -> Item:
    """An item in some of the instances of what it is part of."""
    match item:
        case Single():
            numbers_there, nodes = [item.rows[r] for r in rows], [item.nodes[r] for r in rows]
            return Single(item.name, item.type, item.words, numbers_there, nodes, item.share, item.point)
        case Join():
            chains = [[taken(inner, rows) for inner in chain] for chain in item.chains]
            return Join(item.name, chains, [item.nodes[r] for r in rows], item.alone)
        case NamedPoint():
            return item
        case BlockUse():
            return BlockUse(item.block, [item.instances[r] for r in rows])
        case Again():
            return Again(taken(item.item, rows), [item.counts[r] for r in rows])
        case Each():
            return Each([taken(inner, rows) for inner in item.items])


def instances_of(item: Item) -> int:
    """How many instances there are of what an item is part of; 0 for a point, which says nothing of it."""
    match item:
        case Single() | Join():
            return len(item.nodes)
        case NamedPoint():
            return 0
        case BlockUse():
            return len(item.instances)
        case Again():
            return len(item.counts)
        case Each():
            return instances_of(item.items[0])


def nodes_of(item: Item) -> Iterator[int]:
    """Every node of an item, in all instances."""
    match item:
        case Single():
            yield from item.nodes
        case Join():
            yield from item.nodes
            for chain in item.chains:
                for inner in chain:
                    yield from nodes_of(inner)
        case BlockUse():
            for inner in item.block.body:
                yield from nodes_of(taken(inner, item.instances))
        case Again():
            yield from nodes_of(item.item)
        case Each():
            for inner in item.items:
                yield from nodes_of(inner)


def _nodes(items: Sequence[Any]) -> list[int]:
    return [node for item in items for node in item.nodes]
