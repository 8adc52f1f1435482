"""The networks of a file: layers that read each other or share weights, also through others, belong together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.passes.graph import Graph, Node

MISPLACED = ("SHP115", "SHP121")
"""What is reported of an INPUT or a tap that does not begin its chain."""


def network_numbers(nodes: Sequence[Node]) -> list[int]:
    """The number of its network for every node, counted from 0 in the order of the text.

    An INPUT that nothing reads is no network of its own: it counts to the one after it, or the last.
    """
    if sum(not node.inputs for node in nodes) < 2:
        return [0] * len(nodes)
    roots = list(range(len(nodes)))

    def root(index: int) -> int:
        while roots[index] != index:
            roots[index] = roots[roots[index]]
            index = roots[index]
        return index

    for node in nodes:
        for source in (*node.inputs, *(() if node.shares is None else (node.shares,))):
            roots[root(node.index)] = roots[node.index] = root(source)
    found = [root(index) for index in range(len(nodes))]
    sizes = Counter(found)
    numbers: dict[int, int] = {}
    for index in found:
        if sizes[index] > 1:
            numbers.setdefault(index, len(numbers))
    following, last = [], max(0, len(numbers) - 1)
    for index in reversed(found):
        last = numbers.get(index, last)
        following.append(last)
    return following[::-1]


def networks_of(graph: Graph) -> list[int]:
    """The number of its network for every node of a graph.

    Where an INPUT or a tap was written in the middle of a chain, its parts were meant to be one network.
    """
    joined = any(diagnostic.code in MISPLACED for diagnostic in graph.diagnostics)
    return [0] * len(graph.nodes) if joined else network_numbers(graph.nodes)


def separate(graph: Graph) -> list[Graph]:
    """A graph for every network, each with its own claims and with what was reported about its part of the text.

    What the settings expect is about the file as a whole: where they expect something, the graph stays one.
    """
    numbers = networks_of(graph)
    count = max(numbers, default=0) + 1
    if count == 1 or graph.settings.expect:
        return [graph]
    reported: list[list[Diagnostic]] = [[] for _ in range(count)]
    for diagnostic in graph.diagnostics:
        reported[_network_of(diagnostic, graph, numbers)].append(diagnostic)
    return [_part(graph, numbers, number, reported[number]) for number in range(count)]


def _part(graph: Graph, numbers: Sequence[int], number: int, reported: Sequence[Diagnostic]) -> Graph:
    place = {index: at for at, index in enumerate(index for index, own in enumerate(numbers) if own == number)}
    return replace(graph.renumbered(place), diagnostics=tuple(_moved(d, place) for d in reported))


def _network_of(diagnostic: Diagnostic, graph: Graph, numbers: Sequence[int]) -> int:
    """The network that a diagnostic is about: that of its layer, or of the last layer that begins before its end."""
    if diagnostic.layer is not None:
        return numbers[diagnostic.layer]
    before = [node.index for node in graph.nodes if node.span[0] < diagnostic.span[1]]
    return numbers[max(before, key=lambda index: graph.nodes[index].span[0], default=0)]


def _moved(diagnostic: Diagnostic, place: dict[int, int]) -> Diagnostic:
    return diagnostic if diagnostic.layer is None else replace(diagnostic, layer=place[diagnostic.layer])
