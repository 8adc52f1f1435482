"""The weights of a run, drawn from a seed or those of the file, each in the order and the shape of its layer."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from math import prod
from typing import Any
from zlib import crc32

import numpy as np

from shapecalc.core.layer import Weight
from shapecalc.core.phrases import counted, listed, plural, shortened, size_text
from shapecalc.numerics.products import RowBlocks
from shapecalc.numerics.toolkit import Array, Given
from shapecalc.passes.graph import ArrayKey, Graph, Node, Stored, StoredArray
from shapecalc.passes.report import Report, Row
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


# --- seeded weights -------------------------------------------------------------------------------


class SeededWeights:
    """Makes the weights that rows state, when a layer is reached; keeps those that other layers use, or all.

    Kernels are uniform with the variance that keeps the root mean square of what arrives (He et al. 2015 put 2/n,
    which holds only after a ReLU); running statistics are those of what arrives. So a network is as tame as a
    trained one, however deep it is.
    """

    def __init__(self, rows: tuple[Row, ...], seed: int, *, keeps_all: bool = False) -> None:
        self.rows, self.seed = rows, seed
        self.kept = {r.node.index for r in rows} if keeps_all else {r.node.shares for r in rows}
        self.arrays: dict[int, Given] = {}

    def __call__(self, node: Node, arrays: tuple[Array, ...]) -> Given:
        """The weights of a node; each draws from a stream of its own, which the layer keeps under its name."""
        if node.shares is not None:
            return self.arrays[node.shares]
        if node.index in self.arrays:
            return self.arrays[node.index]
        stated = self.rows[node.index].weight_arrays
        random = np.random.default_rng((self.seed, crc32(node.name.encode())))
        if node.index in self.kept:
            return self.arrays.setdefault(node.index, Given((w.name, _draw(w, random, arrays[0])) for w in stated))
        drawn = {w.name: _draw_rows if made_by_rows(w, node) else _draw for w in stated}
        return Given((w.name, drawn[w.name](w, random, arrays[0])) for w in stated)


def _draw(weight: Weight, random: np.random.Generator, x: Array) -> Array:
    if weight.role == "running":
        return _statistic(weight, random, x)
    out = np.empty(weight.shape, np.float32)
    if weight.role == "kernel":
        return _fill(out, random, _spread(weight, x))
    random.random(dtype=np.float32, out=out)
    if weight.role == "scale":
        out += np.float32(0.5)
    else:
        out -= np.float32(0.5)
        out *= np.float32(0.2)
    return out


def _draw_rows(weight: Weight, random: np.random.Generator, x: Array) -> RowBlocks:
    """The values that `_draw` gives a kernel, some rows at a time, by a generator that starts where this one stands.

    This one is moved past them: a step of it gives two values.
    """
    own = deepcopy(random)
    assert isinstance(random.bit_generator, np.random.PCG64)
    random.bit_generator.advance(weight.size // 2)
    random.random(weight.size % 2, np.float32)
    return RowBlocks(weight.shape, partial(_fill, random=own, spread=_spread(weight, x)))


def made_by_rows(weight: Weight, node: Node) -> bool:
    """Whether a weight that only one layer uses is never there whole."""
    by_rows = node.layer.kernel_by_rows and weight.role == "kernel"
    return by_rows and RowBlocks.at_once(weight.shape) < weight.size


def _fill(out: Array, random: np.random.Generator, spread: np.float32) -> Array:
    random.random(dtype=np.float32, out=out)
    out -= np.float32(0.5)
    out *= spread
    return out


def _spread(weight: Weight, x: Array) -> np.float32:
    """How far the values of a kernel lie apart, given what arrives."""
    return np.float32((12 / prod(weight.shape[:-1])) ** 0.5 / max(_size_of(x), 1e-6))


def _size_of(x: Array) -> float:
    """About the root mean square of an array, from a sample of it; 1 where there is nothing."""
    flat = x.reshape(-1)
    sample = flat[:: max(1, flat.size // 10_007)]
    return float(np.sqrt(np.square(sample, dtype=np.float64).mean())) or 1.0


def _statistic(weight: Weight, random: np.random.Generator, x: Array) -> Array:
    """A running mean or variance near that of the input, a little off so that all channels differ."""
    rows = x.reshape(-1, x.shape[-1])
    rows = rows[:: max(1, len(rows) // 1009)]
    near = rows.mean(axis=0) if weight.name == "mean" else rows.var(axis=0) + 1e-3
    return np.resize(near * random.uniform(0.8, 1.25, near.shape), weight.shape).astype(np.float32)


def random_image(sizes: tuple[int, ...], batch: int, seed: int) -> Array:
    """Values as a normalised photograph has them: mean 0, variance 1."""
    image: Array = np.random.default_rng((seed, 1 << 32)).standard_normal((batch, *sizes), dtype=np.float32)
    return image
