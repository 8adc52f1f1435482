"""Graphs inside nodes: the branches of an If, and the bodies of a Loop or a Scan."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from math import prod
from typing import Any

GRAPH, GRAPHS = 5, 10
"""Types of attributes."""
FLOATS = (1, 10, 11, 16)
"""Types of tensors."""


def graphs_of(node: Any) -> Iterator[Any]:
    """The graphs inside a node."""
    for attribute in node.attribute:
        if attribute.type in (GRAPH, GRAPHS):
            yield from (attribute.g,) if attribute.type == GRAPH else attribute.graphs


def read_inside(node: Any, known: Container[str]) -> list[str]:
    """The tensors from around a node that the graphs inside it read."""
    found: dict[str, None] = {}
    for graph in graphs_of(node):
        own = {value.name for value in (*graph.input, *graph.initializer)}
        for inner in graph.node:
            found.update(dict.fromkeys(n for n in (*inner.input, *read_inside(inner, known)) if n not in own))
            own.update(inner.output)
        found.update(dict.fromkeys(value.name for value in graph.output if value.name not in own))
    return [name for name in found if name in known]


def weights_inside(node: Any) -> list[tuple[str, int, bool]]:
    """The weights that the graphs inside a node hold themselves: name, number of values, and that they are trained."""
    found: list[tuple[str, int, bool]] = []
    own = node.output[0] if node.output else ""
    for graph in graphs_of(node):
        tensors = [(tensor.name, tensor) for tensor in graph.initializer]
        for inner in graph.node:
            found += weights_inside(inner)
            tensors += [
                (inner.output[0], a.t) for a in inner.attribute if inner.op_type == "Constant" and a.HasField("t")
            ]
        sizes = [(name, prod(tensor.dims)) for name, tensor in tensors if tensor.data_type in FLOATS]
        found += [(f"{own}/{name}", size, True) for name, size in sizes if size > 1]  # others may have such a name too
    return found


def taken_branch(onnx: Any, node: Any, values: Mapping[str, Any], known_names: set[str]) -> Any:
    """The branch of an If whose condition is known, with nodes that give its results their names; else None.

    Its own tensors whose names others have too, as those of another If may, get new ones. All are added to the known.
    """
    known = values.get(node.input[0]) if node.op_type == "If" and node.input else None
    if known is None or known.size != 1:
        return None
    name = "then_branch" if known.reshape(-1)[0] else "else_branch"
    graph = next((attribute.g for attribute in node.attribute if attribute.name == name), None)
    if graph is None or graph.input or len(graph.output) != len(node.output):
        return None
    own = {tensor.name for tensor in graph.initializer}.union(*(inner.output for inner in graph.node))
    _rename(graph, {name: f"{node.output[0]}/{name}" for name in own & known_names if name})
    known_names |= own
    for inside, outside in zip(graph.output, node.output, strict=True):
        graph.node.append(onnx.helper.make_node("Identity", [inside.name], [outside], name=node.name))
    return graph


def _rename(graph: Any, names: Mapping[str, str]) -> None:
    """Gives tensors of a graph other names, wherever it and the graphs inside it read them."""
    for value in (*graph.initializer, *graph.output):
        value.name = names.get(value.name, value.name)
    for node in graph.node:
        for tensors in (node.input, node.output):
            tensors[:] = [names.get(name, name) for name in tensors]
        for inner in graphs_of(node):
            _rename(inner, names)
