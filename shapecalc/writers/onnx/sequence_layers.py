"""Attention, recurrent layers and what goes with sequences."""

from __future__ import annotations

from math import prod

import numpy as np

from shapecalc.numerics.dot_product_attention import WindowParts, offsets_of, parts_of
from shapecalc.writers.onnx.emit import Emit, Tensor, formed, outwards

SMALLEST = -1e9
"""Added to what must not be looked at: its exponential is 0."""


def attention(e: Emit) -> str:
    """Products of matrices with Softmax between, within windows that are gathered and put back."""
    layer = e.layer
    sizes = e.volume.spatial
    packed = len(e.values) == 1
    window = sizes if layer.window is None else layer.window.over(len(sizes))
    parts = None if layer.window is None else parts_of(sizes, window, layer.shift.over(len(sizes)), grid=layer.grid)
    if packed:
        rows, depth = _rows(e, e.value), e.volume.depth // 3
        ends = [(e.slices(rows, i * depth, (i + 1) * depth, 2), depth) for i in range(3)]
    else:
        ends = [(_rows(e, value), value.volume.depth) for value in e.values]
    order = None if parts is None else _turned(sizes, parts.places.reshape(-1))
    query, key, value = (_by_head(e, name, depth, parts, order) for name, depth in ends)
    query = e.op("Mul", query, e.floats("scale", (ends[0][1] / layer.heads) ** -0.5 if layer.scaled else 1.0))
    scores = e.op("MatMul", query, e.op("Transpose", key, perm=[0, 1, 2, 4, 3]))
    if layer.relative:
        table = e.weight("distances", (prod(2 * w - 1 for w in window), layer.heads), lambda a: a)
        index = offsets_of(window)
        if parts is None:  # Positions are in the order of ONNX, whose first axis is our last.
            turned = _turned(sizes, np.arange(prod(sizes)))
            index = index[np.ix_(np.argsort(turned), np.argsort(turned))]
        bias = e.op("Gather", table, e.parts.add_constant(f"{e.label}.index", index), axis=0)
        scores = e.op("Add", scores, e.op("Transpose", bias, perm=[2, 0, 1]))
    if parts is not None and parts.cut:
        apart = parts.regions[:, :, None] != parts.regions[:, None, :]
        scores = e.op("Add", scores, e.floats("apart", np.where(apart, SMALLEST, 0)[:, None]))
    if layer.causal:
        later = np.triu(np.ones((e.volume.positions, e.volume.positions), bool), 1)
        scores = e.op("Add", scores, e.floats("later", np.where(later, SMALLEST, 0)))
    out = e.op("MatMul", e.op("Softmax", scores, axis=-1), value)
    out = e.reshape(e.op("Transpose", out, perm=[0, 1, 3, 2, 4]), (e.out.positions, e.out.depth))
    if order is not None:
        out = e.op("Gather", out, e.integers("back", np.argsort(order)), axis=1)
    return e.reshape(e.op("Transpose", out, perm=[0, 2, 1]), formed(e.out))


def _rows(e: Emit, value: Tensor) -> str:
    """A value as batch, positions, depth."""
    name = e.reshape(e.image(value), (value.volume.depth, value.volume.positions))
    return e.op("Transpose", name, perm=[0, 2, 1])


def _by_head(e: Emit, rows: str, depth: int, parts: WindowParts | None, order: np.ndarray | None) -> str:
    """Batch, parts, heads, positions, depth of a head."""
    heads = e.layer.heads
    if parts is None or order is None:
        rows = e.reshape(rows, (1, -1, heads, depth // heads))
    else:
        rows = e.op("Gather", rows, e.integers("places", order), axis=1)
        rows = e.reshape(rows, (*parts.places.shape, heads, depth // heads))
    return e.op("Transpose", rows, perm=[0, 1, 3, 2, 4])


def _turned(sizes: tuple[int, ...], places: np.ndarray) -> np.ndarray:
    """Positions whose last axis counts fastest, as ONNX counts them: the width fastest."""
    index = np.unravel_index(places, sizes)
    return np.ravel_multi_index(index[::-1], sizes[::-1])


def recurrent(e: Emit) -> str:
    """LSTM, GRU or RNN: sequences first, then the batch; the order of gates in our arrays is ONNX's."""
    layer, steps = e.layer, e.volume.positions
    if layer.carried != layer.units:
        raise e.refuse("the operator LSTM has no projection")
    wide, ways = layer.gates * layer.units, layer.directions
    x = e.op("Transpose", e.value.name, perm=[2, 0, 1])
    kernels = _stacked(e, "kernel", (1, wide, e.volume.depth))
    states = _stacked(e, "state", (1, wide, layer.units))
    inputs = [x, kernels, states]
    if layer.biases:
        first = [e.weight(f"bias{end}", (1, wide), lambda a: a) for end in ways]
        zeros = e.floats("zeros", np.zeros((1, wide)))
        second = [e.weight(f"state_bias{end}", (1, wide), lambda a: a) if layer.biases > 1 else zeros for end in ways]
        inputs.append(e.concat([e.concat(pair, 1) for pair in zip(first, second, strict=True)], 0))
    more = {"linear_before_reset": int(layer.biases != 1)} if layer.kind == "GRU" else {}
    direction = "bidirectional" if layer.bidirectional else "forward"
    y = e.op(layer.kind, *inputs, hidden_size=layer.units, direction=direction, **more)
    if layer.last:
        ends = []
        for way, at in zip(range(len(ways)), (steps - 1, 0), strict=False):
            one = e.op("Gather", y, e.integers("at", (at,)), axis=0)
            ends.append(e.op("Gather", one, e.integers("way", (way,)), axis=1))
        y = e.concat(ends, 1)
    return e.reshape(e.op("Transpose", y, perm=[2, 1, 3, 0]), formed(e.out))


def _stacked(e: Emit, name: str, shape: tuple[int, int, int]) -> str:
    return e.concat([e.weight(f"{name}{end}", shape, lambda a: a.T) for end in e.layer.directions], 0)


def embedding(e: Emit) -> str:
    """Gather of rows by rounded indices."""
    table = e.weight("table", (e.layer.rows, e.layer.units), lambda a: a)
    index = e.op("Clip", e.op("Round", e.image()), e.floats("low", 0), e.floats("high", e.layer.rows - 1))
    rows = e.op("Gather", table, e.op("Cast", index, to=7), axis=0)
    rows = e.op("Squeeze", rows, e.integers("one", (1,)))
    return e.op("Transpose", rows, perm=[0, e.rank + 1, *range(1, e.rank + 1)])


def learned(e: Emit) -> str:
    """The array, as often as there are images: nothing of them is read but their number."""
    sizes = outwards(e.out)
    value = e.weight("value", (1, *sizes), lambda a: a.T)
    batch = e.slices(e.op("Shape", e.value.name), 0, 1)
    return e.op("Expand", value, e.concat([batch, e.integers("sizes", sizes)], 0))


def softmax(e: Emit) -> str:
    """Softmax over the depth, over parts of it, or over all positions."""
    layer = e.layer
    if layer.over == "positions":
        x = e.op("Softmax", e.reshape(e.image(), (e.volume.depth, -1)), axis=2)
        return e.reshape(x, formed(e.out))
    if layer.parts:
        x = e.op("Softmax", e.reshape(e.image(), (layer.parts, -1)), axis=1)
        return e.reshape(x, formed(e.out))
    return e.op("Softmax", e.value.name, axis=1)
