"""Graphs with the same values, written otherwise: branches in one piece, and a join that begins as an earlier one."""

from __future__ import annotations

from collections.abc import Hashable

from shapecalc.core.record import replace
from shapecalc.layers.concat import Concat
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


# --- nested joins -----------------------------------------------------------------------------


def with_nested_joins(graph: Graph) -> Graph:
    """The graph with every CONCAT whose first inputs are all those of an earlier one reading that one instead.

    PyTorch's DenseNet joins what each layer adds anew. The values are the same, and the layers become equal.
    """
    made: dict[Hashable, int] = {}
    nodes = list(graph.nodes)
    for node in graph.nodes:
        if not isinstance(node.layer, Concat) or len(node.inputs) < 2:
            continue
        for count in range(len(node.inputs) - 1, 1, -1):
            earlier = made.get((node.layer.axis, node.inputs[:count]))
            if earlier is not None:
                nodes[node.index] = replace(node, inputs=(earlier, *node.inputs[count:]))
                break
        made.setdefault((node.layer.axis, node.inputs), node.index)
    return replace(graph, nodes=tuple(nodes))
