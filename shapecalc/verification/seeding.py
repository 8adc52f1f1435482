"""Weights and images for a run: seeded, and scaled by what arrives so that activations stay finite."""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from math import prod
from zlib import crc32

import numpy as np

from shapecalc.core.layer import Weight
from shapecalc.numerics.products import RowBlocks
from shapecalc.numerics.toolkit import Array, Given
from shapecalc.passes.graph import Node
from shapecalc.passes.report import Row


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
