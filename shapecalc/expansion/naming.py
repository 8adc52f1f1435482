"""What is given once all nodes of a graph are there: the number of classes, and everybody's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from shapecalc.passes.graph import Node


def give_classes(nodes: Sequence[Node], classes: int) -> None:
    """Gives the last layer that takes the number of classes that number, where none is written."""
    below = [False] * len(nodes)
    for node in reversed(nodes):
        layer = node.layer
        takes = next((a for a in layer.signature if a.classes), None)
        if takes is not None:
            if not below[node.index] and takes.letter in node.assumed:
                node.layer = layer.changed(**{takes.field: classes})
            below[node.index] = True
        if below[node.index]:
            for source in node.inputs:
                below[source] = True


def give_names(nodes: Sequence[Node], wanted: Mapping[int, str]) -> None:
    """Names from the text, numbered where one is used more than once; else the kind and its running number."""
    uses = Counter(wanted.values())
    taken = {name for name, count in uses.items() if count == 1}
    iteration: dict[str, int] = {}
    for index in sorted(wanted):
        name = wanted[index]
        if uses[name] > 1:
            iteration[name] = iteration.get(name, 0) + 1
            while f"{name}_{iteration[name]}" in taken:
                iteration[name] += 1
            name = f"{name}_{iteration[name]}"
        nodes[index].name = name
        taken.add(name)
    for node, name in counted_names(nodes, taken, {node.index for node in nodes if node.name}):
        node.name = name


def counted_names(nodes: Iterable[Node], taken: Container[str], named: Container[int]) -> Iterator[tuple[Node, str]]:
    """The kind and its running number for each node that is not `named`, past the names that are taken."""
    running: dict[str, int] = {}
    for node in nodes:
        kind = node.kind.lower()
        running[kind] = running.get(kind, 0) + 1
        if node.index not in named:
            while f"{kind}{running[kind]}" in taken:
                running[kind] += 1
            yield node, f"{kind}{running[kind]}"
