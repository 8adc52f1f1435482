"""What chains are made of once numbers stand apart from what they are numbers of: equal keys, other numbers."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
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


def inside(item: Item, row: int) -> list[tuple[Item, int]]:
    """The items in an item as it is in one instance of what it is part of, each with its own instance there."""
    match item:
        case Join():
            return [(inner, row) for chain in item.chains for inner in chain]
        case BlockUse():
            return [(inner, item.instances[row]) for inner in item.block.body]
        case Again():
            return [(item.item, row)]
        case Each():
            return [(inner, row) for inner in item.items]
        case _:
            return []


def numbers(item: Item, row: int) -> tuple[Number, ...]:
    """All numbers of an item in one instance of what it is part of."""
    if isinstance(item, Single):
        return item.rows[row]
    if isinstance(item, BlockUse):
        return item.block.numbers(item.instances[row])
    own = (item.counts[row],) if isinstance(item, Again) else ()
    return (*own, *(n for inner, at in inside(item, row) for n in numbers(inner, at)))


def stacked(items: Sequence[Item]) -> Item:
    """Items of one key as one, with the instances of the first, then those of the second, and so on."""
    return _with_instances(items, [(i, row) for i, item in enumerate(items) for row in range(instances_of(item))])


def taken(item: Item, rows: Sequence[int]) -> Item:
    """An item in some of the instances of what it is part of."""
    return _with_instances([item], [(0, row) for row in rows])


def _with_instances(items: Sequence[Any], at: Sequence[tuple[int, int]]) -> Item:
    """Items of one key as one, whose instances are those of the items at these places."""
    first: Item = items[0]
    match first:
        case Single():
            rows = [items[i].rows[row] for i, row in at]
            return replace(first, rows=rows, nodes=[items[i].nodes[row] for i, row in at])
        case Join():
            chains = [
                [_with_instances(inner, at) for inner in zip(*alike, strict=True)]
                for alike in zip(*(item.chains for item in items), strict=True)
            ]
            return replace(first, chains=chains, nodes=[items[i].nodes[row] for i, row in at])
        case NamedPoint():
            return first
        case BlockUse():
            return BlockUse(first.block, [items[i].instances[row] for i, row in at])
        case Again():
            return Again(_with_instances([item.item for item in items], at), [items[i].counts[row] for i, row in at])
        case Each():
            alike = zip(*(item.items for item in items), strict=True)
            return Each([_with_instances(inner, at) for inner in alike])


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
    for row in range(instances_of(item)):
        yield from _nodes(item, row)


def _nodes(item: Item, row: int) -> Iterator[int]:
    if isinstance(item, Single | Join):
        yield item.nodes[row]
    for inner, at in inside(item, row):
        yield from _nodes(inner, at)
