"""Models that shapecalc wrote: they carry the diagram that they were made of, which holds while their nodes stay."""

from __future__ import annotations

from hashlib import sha256
from math import prod
from typing import Any

import numpy as np

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Source
from shapecalc.expansion.expander import expand
from shapecalc.expansion.options import Options
from shapecalc.formats.read import read_part
from shapecalc.language import syntax
from shapecalc.lowering.arrangements import reversed_axes, transposed_first
from shapecalc.lowering.assembler import Assembler
from shapecalc.passes.graph import Arrange, Graph, StoredArray, StoredTensor, as_it_is
from shapecalc.passes.shapes import propagate

DIAGRAM, NODES = "shapecalc.diagram", "shapecalc.nodes"
"""Keys of a model's metadata: the diagram, and the digest of the nodes that were made of it."""
MOST_HELD = 32
"""Whole numbers of a constant that are among what the digest holds; a reader passes over longer ones."""
AS_IT_IS = {"distances", "table"}
"""Arrays that lie in a model as they do in a layer."""


def stamped(model: Any, diagram: str) -> Any:
    """The model with the diagram that it was made of."""
    for key, value in ((DIAGRAM, diagram), (NODES, digest(model.graph))):
        model.metadata_props.add(key=key, value=value)
    return model


def digest(graph: Any) -> str:
    """Of everything but the values of weights: what a program has changed since has another one."""
    held = sha256()
    for part in (*graph.input, *graph.output, *graph.node):
        held.update(part.SerializeToString(deterministic=True))
    for tensor in graph.initializer:
        held.update(repr((tensor.name, tensor.data_type, list(tensor.dims))).encode())
        if tensor.data_type == tensor.INT64 and prod(tensor.dims) <= MOST_HELD:
            held.update(tensor.raw_data)
    return held.hexdigest()


def graph_of_diagram(model: Any, options: Options) -> Graph | None:
    """The graph of the diagram that a model carries; None where it has none, or its nodes are others by now."""
    known = {entry.key: entry.value for entry in model.metadata_props}
    if DIAGRAM not in known or known.get(NODES) != digest(model.graph):
        return None
    try:
        network = read_part(Source("model.net", known[DIAGRAM]), [], options)
        return _placed(expand(network, options), model, options) if isinstance(network, syntax.Diagram) else None
    except Diagnosed:  # a text that is no diagram says nothing about the model
        return None


def _placed(graph: Graph, model: Any, options: Options) -> Graph | None:
    """The graph with places inside the model, and where that has the arrays of each layer.

    None where an array has another size than its layer needs, as under an --input of another size.
    """
    assembler = Assembler(options, binary=True)
    tensors = {tensor.name: prod(tensor.dims) for tensor in model.graph.initializer}
    shapes = {value.name: value.type.tensor_type.shape.dim for value in model.graph.input}
    sizes = {name: prod(dim.dim_value for dim in shape) for name, shape in shapes.items()} | tensors
    outputs = {value.name for value in model.graph.output}
    for row in propagate(graph)[0]:
        node = row.node
        arrays = {weight.name: f"{node.name}.{weight.name}" for weight in row.weight_arrays}
        wanted = {f"{node.name}.{weight.name}": weight.size for weight in row.weight_arrays}
        if not node.layer.understood or any(sizes.get(name, size) != size for name, size in wanted.items()):
            return None
        made = assembler.add_layer(node.layer, node.inputs, node.text, node.name, node.name)
        if node.layer.starts:
            assembler.stored.inputs[made] = StoredTensor(node.name, False)
        if node.name in outputs:
            assembler.stored.outputs[node.name] = (made, StoredTensor(node.name, False))
        known = row.volumes
        assembler.stored.hold(made, {
            role: StoredArray((name,), _arrangement(role, node.layer, row.output, *known))
            for role, name in arrays.items() if name in tensors
        })  # fmt: skip
    placed = assembler.graph(graph.settings, has_weights=True)
    nodes = [
        replace(new, shares=old.shares, frozen=old.frozen, assumed=old.assumed)
        for new, old in zip(placed.nodes, graph.nodes, strict=True)
    ]
    claims = tuple((index, replace(claim, span=nodes[index].span)) for index, claim in graph.claims)
    return replace(placed, nodes=tuple(nodes), claims=claims)


def _arrangement(role: str, layer: Layer, output: Volume | None, *volumes: Volume) -> Arrange:
    """From the axes in which the writer puts an array to ours: what it does there, backwards."""
    values: Any = layer
    if role in AS_IT_IS or output is None:
        return as_it_is
    if role == "kernel" and layer.kind == "FC":
        (volume,) = volumes
        order = [*range(len(volume.spatial), -1, -1), len(volume.spatial) + 1]
        sizes = (*reversed(volume.sizes), values.units)
        return as_it_is if volume.flat else lambda array: array.reshape(sizes).transpose(order)
    if role == "kernel" and layer.kind == "UPCONV":
        return transposed_first(values.groups)
    if role == "kernel" and layer.kind == "LOCAL":
        return _of_positions(values, output, *volumes)
    return reversed_axes


def _of_positions(layer: Any, output: Volume, volume: Volume) -> Arrange:
    """A kernel that is not shared: positions and extents with the last axis first, and the groups between them."""
    rank, groups = len(output.spatial), layer.groups
    ours = (*output.spatial, *layer.extent.over(rank), volume.depth // groups, groups, output.depth // groups)
    order = [*reversed(range(rank)), 2 * rank + 1, *reversed(range(rank, 2 * rank)), 2 * rank, 2 * rank + 2]
    sizes = [ours[axis] for axis in order]
    return lambda array: array.reshape(sizes).transpose(np.argsort(order))
