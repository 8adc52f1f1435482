"""Reads a join of all layers so far as the one before it and what was added: CONCAT[a | b | c] after CONCAT[a | b]."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from shapecalc.layers.concat import Concat
from shapecalc.passes.graph import Graph


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
