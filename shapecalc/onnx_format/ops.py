"""How every layer type is written in ONNX: the one place where the foreign format's operators meet our kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod, sqrt

import numpy as np

from shapecalc.onnx_format import windows
from shapecalc.onnx_format.build import Emit, Value, outwards, turned
from shapecalc.registry import layer_names

Write = Callable[[Emit], str]
"""Adds the nodes of a layer; the name of the tensor that they give."""


# --- layers that keep the form of their input ---------------------------------------------------


def simple(kind: str, **fixed: float) -> Write:
    """One operator and nothing else."""
    return lambda e: e.op(kind, e.value.name, **fixed)


def leaky(e: Emit) -> str:
    """LeakyRelu."""
    return e.op("LeakyRelu", e.value.name, alpha=e.layer.slope)


def elu(e: Emit) -> str:
    """Elu."""
    return e.op("Elu", e.value.name, alpha=e.layer.alpha)


def prelu(e: Emit) -> str:
    """PRelu, whose slope spreads over width and height."""
    return e.op("PRelu", e.value.name, e.per_channel("slope", e.value))


def relu6(e: Emit) -> str:
    """Clip from 0 to 6."""
    return e.op("Clip", e.value.name, e.floats("low", 0), e.floats("high", 6))


def silu(e: Emit) -> str:
    """The input times its own sigmoid."""
    return e.op("Mul", e.value.name, e.op("Sigmoid", e.value.name))


def mish(e: Emit) -> str:
    """Mish, and before version 18 what it stands for."""
    if e.model.opset >= 18:
        return e.op("Mish", e.value.name)
    return e.op("Mul", e.value.name, e.op("Tanh", e.op("Softplus", e.value.name)))


def gelu(e: Emit) -> str:
    """Gelu, and before version 20 what it stands for, with the error function."""
    if e.model.opset >= 20:
        return e.op("Gelu", e.value.name)
    error = e.op("Erf", e.op("Mul", e.value.name, e.floats("root", 1 / sqrt(2))))
    share = e.op("Mul", e.op("Add", error, e.floats("one", 1)), e.floats("half", 0.5))
    return e.op("Mul", e.value.name, share)


def activation(e: Emit) -> str:
    """The activation of this name, with its default arguments."""
    name = e.layer.name.replace("_", "").upper()
    if name in ("LINEAR", "IDENTITY", "NONE"):
        return e.op("Identity", e.value.name)
    found, implied = layer_names().get(name, (None, {}))
    if found is None or found.bucket != "activation" or found.kind == e.layer.kind or found.kind not in OPS:
        raise e.refuse(f"there is no operator for an activation called '{e.layer.name}'")
    layer = found(**{a.field: a.default for a in found.signature} | dict(implied))
    if found.weights is not type(e.layer).weights:
        raise e.refuse(f"{found.kind} has weights of its own: write it as a layer")
    return OPS[found.kind](replace(e, layer=layer))


# --- normalisation ------------------------------------------------------------------------------


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


def _scaled(e: Emit, x: str, value: Value) -> str:
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
    return _scaled(e, e.reshape(x, _shape(e.value)), e.value)


def instance_norm(e: Emit) -> str:
    """InstanceNormalization."""
    depth = e.volume.depth
    scale, shift = e.vector("scale", depth, 1.0), e.vector("shift", depth)
    return e.op("InstanceNormalization", e.image(), scale, shift, epsilon=e.layer.eps)


def response_norm(e: Emit) -> str:
    """LRN; squares averaged over the depth where that says something else or is not run.

    An even number of channels lies unevenly around the one in the middle, and onnxruntime wants powers above 0.
    """
    layer = e.layer
    if layer.n % 2 and layer.alpha > 0 and layer.beta > 0:
        x = e.reshape(e.image(), (e.volume.depth, e.volume.positions, 1))
        named = {"size": layer.n, "alpha": layer.alpha, "beta": layer.beta, "bias": layer.k}
        return e.reshape(e.op("LRN", x, **named), outwards(e.volume))
    x = e.reshape(e.image(), (1, e.volume.depth, -1))
    before = (layer.n - 1) // 2
    sides = e.integers("pads", (0, 0, before, 0, 0, 0, layer.n - 1 - before, 0))
    squares = e.op("Pad", e.op("Mul", x, x), sides, e.floats("fill", 0))
    means = e.op("AveragePool", squares, kernel_shape=[layer.n, 1])
    power = e.op("Add", e.op("Mul", means, e.floats("alpha", layer.alpha)), e.floats("k", layer.k))
    return e.reshape(e.op("Div", x, e.op("Pow", power, e.floats("beta", layer.beta))), outwards(e.volume))


def _shape(value: Value) -> tuple[int, ...]:
    return (value.volume.depth,) if value.flat else outwards(value.volume)


# --- layers that move values --------------------------------------------------------------------


def flatten(e: Emit) -> str:
    """Rows of values, in the order width, height, depth."""
    return e.rows()


def reshape(e: Emit) -> str:
    """The values in the order width, height, depth, cut anew."""
    x = e.reshape(e.rows(), e.out.sizes)
    return e.op("Transpose", x, perm=turned(e.rank))


def pad(e: Emit) -> str:
    """Pad with zeros."""
    befores, afters = zip(*e.layer.pairs(e.volume), strict=True)
    return windows.pad(e, e.image(), befores, afters)


def crop(e: Emit) -> str:
    """Slice of the spatial axes."""
    befores = [before for before, _ in e.layer.pairs(e.volume)][::-1]
    ends = [a + n for a, n in zip(befores, reversed(e.out.spatial), strict=True)]
    lists = (befores, ends, list(range(2, 2 + e.rank)))
    return e.op("Slice", e.image(), *(e.integers("slice", numbers) for numbers in lists))


def channels(e: Emit) -> str:
    """Slice of the depth."""
    return e.op("Slice", e.value.name, *(e.integers("slice", [n]) for n in (e.layer.start, e.layer.stop, 1)))


def shuffle(e: Emit) -> str:
    """The depth as a table of groups, turned."""
    groups = e.layer.groups
    x = e.reshape(e.value.name, (groups, e.volume.depth // groups, -1))
    return e.reshape(e.op("Transpose", x, perm=[0, 2, 1, 3]), _shape(e.value))


def pixel_shuffle(e: Emit) -> str:
    """Depth to space, the last axis slowest, in any number of axes."""
    rank, r = e.rank, e.layer.factor
    x = e.reshape(e.image(), (e.out.depth, *(r,) * rank, *reversed(e.volume.spatial)))
    pairs = (axis for i in range(rank) for axis in (2 + rank + i, 2 + i))
    return e.reshape(e.op("Transpose", x, perm=[0, 1, *pairs]), outwards(e.out))


def upsample(e: Emit) -> str:
    """Resize: values repeated, or interpolated between pixel centres.

    Values are gathered one by one where Resize says something else: its factors are float32, in which 0.7 times 10 is
    less than 7, and onnxruntime copies an input that does not get longer, though with 1.01 some values move.
    """
    by = e.layer.factor.over(e.rank)
    unmoved = e.out.spatial == e.volume.spatial and set(by) != {1}
    if unmoved or any(factor.denominator.bit_count() > 1 for factor in by):
        return _gathered(e)
    factors = e.floats("scales", (1, 1, *reversed(by)))
    if e.layer.mode == "nearest":
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    return e.op("Resize", e.image(), "", factors, **how)


def _gathered(e: Emit) -> str:
    """Every axis from the values on both sides of its new pixel centres, or from the one at its new place."""
    x = e.image()
    along = zip(e.volume.spatial, e.out.spatial, e.layer.factor.over(e.rank), strict=True)
    for axis, (size, count, factor) in enumerate(reversed(list(along))):
        places = np.arange(count)
        if e.layer.mode == "nearest":
            x = e.op("Gather", x, e.integers("places", places * factor.denominator // factor.numerator), axis=axis + 2)
            continue
        centres = np.clip((places + 0.5) / float(factor) - 0.5, 0, size - 1)
        low = np.floor(centres).astype(np.int64)
        share = (centres - low).reshape(-1, *(1,) * (e.rank - 1 - axis))
        before = e.op("Gather", x, e.integers("places", low), axis=axis + 2)
        behind = e.op("Gather", x, e.integers("places", np.minimum(low + 1, size - 1)), axis=axis + 2)
        nearer = e.op("Mul", before, e.floats("share", 1 - share))
        x = e.op("Add", nearer, e.op("Mul", behind, e.floats("share", share)))
    return x


# --- layers that join, and FC -------------------------------------------------------------------


def joined(kind: str) -> Write:
    """Branches value by value, two at a time; those of 1x1 spread by themselves."""

    def write(e: Emit) -> str:
        names = _alike(e)
        x = names[0]
        for name in names[1:]:
            x = e.op(kind, x, name)
        return x

    return write


def concat(e: Emit) -> str:
    """Concat along the depth."""
    return e.op("Concat", *_alike(e), axis=1)


def _alike(e: Emit) -> list[str]:
    """The inputs in one form: rows only where all are rows."""
    flat = all(value.flat for value in e.values)
    return [value.name if flat else e.image(value) for value in e.values]


def connected(e: Emit) -> str:
    """The values go in as they lie in memory, depth first; the weights' rows are put in that order."""
    volume, units = e.volume, e.layer.units
    x = e.value.name if e.value.flat else e.op("Flatten", e.value.name, axis=1)

    def arrange(kernel: np.ndarray) -> np.ndarray:
        if e.value.flat or volume.positions == 1:
            return kernel
        rank = len(volume.spatial)
        return kernel.reshape(*volume.sizes, units).transpose(*range(rank, -1, -1), rank + 1)

    kernel = e.weight("kernel", (prod(volume.sizes), units), arrange)
    bias = (e.vector("bias", units),) if e.has("bias") else ()
    return e.op("Gemm", x, kernel, *bias)


OPS: dict[str, Write] = {
    "ACT": activation, "ADAPTIVEPOOL": windows.adaptive, "ADD": joined("Add"), "BN": batch_norm,
    "CONCAT": concat, "CONV": windows.conv, "CROP": crop, "DEPTHPOOL": windows.depth_pool,
    "DO": simple("Identity"), "DWCONV": windows.depthwise, "ELU": elu, "FC": connected, "FLATTEN": flatten,
    "GAP": windows.global_pool, "GELU": gelu, "GN": group_norm,
    "HSIGMOID": simple("HardSigmoid", alpha=1 / 6, beta=0.5), "HSWISH": simple("HardSwish"),
    "IDENTITY": simple("Identity"),
    "IN": instance_norm, "LN": layer_norm, "LOCAL": windows.local, "LRELU": leaky,
    "LRN": response_norm, "MISH": mish, "MUL": joined("Mul"), "PAD": pad, "PIXELSHUFFLE": pixel_shuffle,
    "POOL": windows.pool, "PRELU": prelu, "RELU": simple("Relu"), "RELU6": relu6, "RESHAPE": reshape,
    "SCALE": scale, "SELU": simple("Selu"), "SEPCONV": windows.separable, "SHUFFLE": shuffle,
    "SIGMOID": simple("Sigmoid"), "SILU": silu, "SLICE": channels, "SOFTMAX": simple("Softmax", axis=1),
    "SOFTPLUS": simple("Softplus"), "TANH": simple("Tanh"), "UPCONV": windows.transposed, "UPSAMPLE": upsample,
}  # fmt: skip
"""Every kind of layer that ONNX can express."""

KEEPS_FORM = frozenset({
    "ACT", "BN", "DO", "ELU", "GELU", "GN", "HSIGMOID", "HSWISH", "IDENTITY", "LN", "LRELU", "MISH", "PRELU", "RELU",
    "RELU6", "SCALE", "SELU", "SHUFFLE", "SIGMOID", "SILU", "SLICE", "SOFTMAX", "SOFTPLUS", "TANH",
})  # fmt: skip
"""What gives rows for rows."""
MAKES_ROWS = frozenset({"FC", "FLATTEN"})


def gives_rows(e: Emit) -> bool:
    """Whether what a layer gives is batch and values only."""
    kind = e.row.node.kind
    if kind in MAKES_ROWS:
        return True
    joins = kind in ("ADD", "MUL", "CONCAT")
    return (kind in KEEPS_FORM or joins) and bool(e.values) and all(value.flat for value in e.values)
