"""ONNX for normalisation."""

from __future__ import annotations

import numpy as np

from shapecalc.writers.onnx import windows
from shapecalc.writers.onnx.emit import Emit, Tensor, formed


def batch_norm(e: Emit) -> str:
    """BatchNormalization with the running statistics; without those, the statistics of the batch at hand."""
    depth, layer = e.volume.depth, e.layer
    scale, shift = e.vector("scale", depth, 1.0), e.vector("shift", depth)
    if layer.track:
        mean, variance = e.vector("mean", depth), e.vector("variance", depth)
        return e.op("BatchNormalization", e.value.name, scale, shift, mean, variance, epsilon=layer.eps)
    axes = [0, *(() if e.value.flat else range(2, 2 + e.rank))]
    centred = e.op("Sub", e.value.name, e.reduced_mean(e.value.name, axes))
    variance = e.reduced_mean(e.op("Mul", centred, centred), axes)
    deviation = e.op("Sqrt", e.op("Add", variance, e.floats("eps", layer.eps)))
    return _scaled(e, e.op("Div", centred, deviation), e.value)


def _scaled(e: Emit, x: str, value: Tensor) -> str:
    """Times the layer's scale, plus its shift, where it has them."""
    if e.has("scale"):
        x = e.op("Mul", x, e.per_channel("scale", value))
    return e.op("Add", x, e.per_channel("shift", value)) if e.has("shift") else x


def scale(e: Emit) -> str:
    """A product and a sum."""
    return _scaled(e, e.value.name, e.value)


def layer_norm(e: Emit) -> str:
    """LayerNormalization works on the last axis: the depth goes there and back."""
    depth = e.volume.depth
    scale, shift = e.vector("scale", depth, 1.0), e.vector("shift", depth)
    if e.value.flat:
        return e.op("LayerNormalization", e.value.name, scale, shift, axis=-1, epsilon=e.layer.eps)
    to_last = [0, *range(2, e.rank + 2), 1]
    x = e.op("Transpose", e.value.name, perm=to_last)
    x = e.op("LayerNormalization", x, scale, shift, axis=-1, epsilon=e.layer.eps)
    return e.op("Transpose", x, perm=[0, e.rank + 1, *range(1, e.rank + 1)])


def group_norm(e: Emit) -> str:
    """Every group as a channel of its own, normalised, then scale and shift for the channels."""
    groups = e.layer.groups
    x = e.reshape(e.value.name, (groups, -1))
    ones, zeros = e.floats("ones", np.ones(groups)), e.floats("zeros", np.zeros(groups))
    x = e.op("InstanceNormalization", x, ones, zeros, epsilon=e.layer.eps)
    return _scaled(e, e.reshape(x, formed(e.out)), e.value)


def instance_norm(e: Emit) -> str:
    """InstanceNormalization."""
    depth = e.volume.depth
    scale, shift = e.vector("scale", depth, 1.0), e.vector("shift", depth)
    x = e.op("InstanceNormalization", e.image(), scale, shift, epsilon=e.layer.eps)
    return e.reshape(x, formed(e.out)) if e.value.flat else x


def response_norm(e: Emit) -> str:
    """LRN; squares averaged over the depth where that says something else or is not run.

    An even number of channels lies unevenly around the one in the middle, and onnxruntime wants powers above 0.
    """
    layer = e.layer
    if layer.within:
        x = e.image()
        before, after = ([w.before for w in e.row.windows], [w.after for w in e.row.windows])
        squares = windows.pad(e, e.op("Mul", x, x), before, after)
        means = e.op("AveragePool", squares, **windows.attributes(windows.bare(e.row.windows)))
        return _divided(e, x, means)
    if layer.n % 2 and layer.alpha > 0 and layer.beta > 0:
        x = e.reshape(e.image(), (e.volume.depth, e.volume.positions, 1))
        named = {"size": layer.n, "alpha": layer.alpha, "beta": layer.beta, "bias": layer.k}
        return e.reshape(e.op("LRN", x, **named), formed(e.out))
    x = e.reshape(e.image(), (1, e.volume.depth, -1))
    before = (layer.n - 1) // 2
    sides = e.integers("pads", (0, 0, before, 0, 0, 0, layer.n - 1 - before, 0))
    squares = e.op("Pad", e.op("Mul", x, x), sides, e.floats("fill", 0))
    means = e.op("AveragePool", squares, kernel_shape=[layer.n, 1])
    return e.reshape(_divided(e, x, means), formed(e.out))


def _divided(e: Emit, x: str, means: str) -> str:
    """Values over the power of k and the means of squares."""
    power = e.op("Add", e.op("Mul", means, e.floats("alpha", e.layer.alpha)), e.floats("k", e.layer.k))
    return e.op("Div", x, e.op("Pow", power, e.floats("beta", e.layer.beta)))
