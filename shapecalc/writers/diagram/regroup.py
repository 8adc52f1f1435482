"""Puts the nodes of a graph into an order in which every branch is in one piece."""

from __future__ import annotations

from shapecalc.core.record import replace
from shapecalc.passes.graph import Graph


def regrouped(graph: Graph) -> Graph:
    """The graph with its branches one after the other.

    Files list the layers of parallel branches in turns; a diagram writes one branch, then the next. Claims about
    single layers are left out, as what is written from it has none.
    """
    order: list[int] = []
    seen = [False] * len(graph.nodes)
    ends = [node.index for node, readers in zip(graph.nodes, graph.consumers(), strict=True) if not readers]
    for output in ends:
        stack = [output]
        while stack:
            index = stack[-1]
            node = graph.nodes[index]
            before = node.inputs if node.shares is None else (node.shares, *node.inputs)
            waiting = [source for source in before if not seen[source]]
            if waiting and not seen[index]:
                stack.append(waiting[0])
                continue
            stack.pop()
            if not seen[index]:
                seen[index] = True
                order.append(index)
    place = {old: new for new, old in enumerate(order)}
    nodes = tuple(
        replace(
            graph.nodes[old],
            index=new,
            inputs=tuple(place[source] for source in graph.nodes[old].inputs),
            shares=None if (owner := graph.nodes[old].shares) is None else place[owner],
        )
        for new, old in enumerate(order)
    )
    return replace(graph, nodes=nodes, claims=())
