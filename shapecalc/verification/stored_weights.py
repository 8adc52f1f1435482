"""The weights that a file has, in place of drawn ones: each in the order and the shape that its layer states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from shapecalc.core.layer import Weight
from shapecalc.core.phrases import counted, listed, plural, shortened
from shapecalc.core.size_text import size_text
from shapecalc.numerics.toolkit import Array, Given
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.report import Report
from shapecalc.passes.stored import ArrayKey, Stored, StoredArray
from shapecalc.verification.value_order import Orders, OrderUnknown, value_orders

Load = Callable[[ArrayKey], Any]
"""The array of a file under a key, as the file has it. Raises Diagnosed SHP010 where it cannot be read."""


MOST_NAMED = 4
"""Layers that a message names."""


class WeightsMissing(ValueError):
    """The real network cannot be run: which layers lack something, and what."""


class StoredWeights:
    """The weights of a file by node; what `SeededWeights` is for drawn ones."""

    def __init__(self, arrays: dict[int, Given]) -> None:
        self.arrays = arrays

    def __call__(self, node: Node, arrays: tuple[Array, ...]) -> Given:
        """The weights of a node, or of the one that it shares them with."""
        return self.arrays[node.owner]


def runnable(report: Report) -> tuple[Graph, Stored]:
    """The graph of a file with weights that can be run. Raises WeightsMissing."""
    graph = report.graph
    if graph is None or graph.stored is None:
        raise WeightsMissing("the file has no weights: .onnx, .keras and .h5 have them")
    opaque = [node.name for node in graph.nodes if not node.layer.understood or node.layer.opaque]
    if opaque:
        raise WeightsMissing(f"{_named(opaque)} {plural(len(opaque), 'is', 'are')} opaque, so the network is not run")
    if graph.stored.differing:
        index, why = next(iter(graph.stored.differing.items()))
        more = len(graph.stored.differing) - 1
        rest = f" ({counted(more, 'other layer')} like it)" if more else ""
        raise WeightsMissing(f"{graph.nodes[index].name} computes other values in the file: {why}{rest}")
    missing = [
        row.node.name
        for row in report.rows
        if row.node.shares is None
        and any(w.name not in graph.stored.arrays.get(row.node.index, {}) for w in row.weight_arrays)
    ]
    if missing:
        raise WeightsMissing(f"the file has no weights of {_named(missing)}")
    return graph, graph.stored


def load_weights(report: Report, load: Load) -> StoredWeights:
    """Every array of every layer. Raises WeightsMissing, and Diagnosed where the file cannot be read."""
    graph, stored = runnable(report)
    try:
        orders = value_orders(report, graph, stored)
    except OrderUnknown as problem:
        raise WeightsMissing(str(problem)) from None
    arrays: dict[int, Given] = {}
    for row in report.rows:
        here = stored.arrays.get(row.node.index, {})
        arrays[row.node.index] = Given(
            (w.name, _ordered(_array(row.node.name, w, here[w.name], load), w, row.node, orders))
            for w in row.weight_arrays
            if row.node.shares is None
        )
    return StoredWeights(arrays)


def _array(name: str, weight: Weight, stored: StoredArray, load: Load) -> Array:
    """An array in our order. Raises WeightsMissing where it has another size than the layer states."""
    given = load(stored.key)
    try:
        with np.errstate(over="ignore"):
            array = np.array(stored.arrange(given), np.float32, order="C")
    except (ValueError, IndexError):  # it has not as many axes
        array = np.empty(0, np.float32)
    if array.size != weight.size:
        shape = size_text(np.shape(given)) or "a single number"
        raise WeightsMissing(
            f"the {weight.name} of {shortened(name)} is {shape} in the file: {weight.size:,} values are needed"
        )
    if not np.isfinite(array).all():
        raise WeightsMissing(f"the {weight.name} of {shortened(name)} has values that are not finite in float32")
    return array.reshape(weight.shape)


def _ordered(array: Array, weight: Weight, node: Node, orders: Orders) -> Array:
    """Rows of a kernel in the order of what arrives, columns and vectors in that of what comes out."""
    if node.index in orders.places and weight.name == "value":
        array = array.take(orders.places[node.index], axis=0)
    arriving = orders.get(node.inputs[0]) if node.inputs else None
    leaving = orders.get(node.index)
    if weight.role == "kernel" and arriving is not None:
        array = array.take(arriving, axis=-2)
    return array if leaving is None else array.take(leaving, axis=-1)


def _named(names: list[str]) -> str:
    return listed([shortened(name) for name in names], MOST_NAMED)
