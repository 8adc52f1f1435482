"""How every layer type is written in ONNX: a line in `OPS`, and a function beside its like.

`convolutions`, `pools`, `norms` and `moves` hold those; activations and joins are here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import sqrt
from types import MappingProxyType

from shapecalc.core.volumes import axis_called
from shapecalc.layers.activations import ROWS
from shapecalc.writers.onnx import convolutions, moves, norms, pools, sequence_layers
from shapecalc.writers.onnx.emit import Emit, outwards

Write = Callable[[Emit], str]
"""Adds the nodes of a layer; the name of the tensor that they give."""


# --- activations --------------------------------------------------------------------------------


def simple(kind: str, attributes: Mapping[str, float | str] = MappingProxyType({})) -> Write:
    """One operator and nothing else; an attribute is a number, or the name of the argument that has it."""

    def write(e: Emit) -> str:
        given = {name: e.layer.arguments[v] if isinstance(v, str) else v for name, v in attributes.items()}
        return e.op(kind, e.value.name, **given)

    return write


def prelu(e: Emit) -> str:
    """PRelu, whose slope is broadcast over width and height."""
    if e.layer.each and not e.value.flat:
        return e.op("PRelu", e.value.name, e.weight("slope", outwards(e.volume), lambda a: a.T))
    return e.op("PRelu", e.value.name, e.per_channel("slope", e.value))


def clip(e: Emit) -> str:
    """Clip between two numbers, which are 0 and 6 where the layer has none."""
    low, high = (e.layer.low, e.layer.high) if e.layer.kind == "CLIP" else (0, 6)
    return e.op("Clip", e.value.name, e.floats("low", low), e.floats("high", high))


def rescale(e: Emit) -> str:
    """A product and a sum with numbers."""
    x = e.op("Mul", e.value.name, e.floats("scale", e.layer.scale))
    return e.op("Add", x, e.floats("offset", e.layer.offset)) if e.layer.offset else x


def silu(e: Emit) -> str:
    """The input times its own sigmoid."""
    return e.op("Mul", e.value.name, e.op("Sigmoid", e.value.name))


def mish(e: Emit) -> str:
    """Mish, and before version 18 what it stands for."""
    if e.opset >= 18:
        return e.op("Mish", e.value.name)
    return e.op("Mul", e.value.name, e.op("Tanh", e.op("Softplus", e.value.name)))


def gelu(e: Emit) -> str:
    """Gelu, and before version 20 what it stands for, with the error function."""
    if e.opset >= 20:
        return e.op("Gelu", e.value.name)
    error = e.op("Erf", e.op("Mul", e.value.name, e.floats("root", 1 / sqrt(2))))
    share = e.op("Mul", e.op("Add", error, e.floats("one", 1)), e.floats("half", 0.5))
    return e.op("Mul", e.value.name, share)


def activation(e: Emit) -> str:
    """The activation of this name, with its default arguments."""
    if e.layer.name.replace("_", "").upper() in ("LINEAR", "IDENTITY", "NONE"):
        return e.op("Identity", e.value.name)
    found = e.layer.function
    if found is None or found.kind not in OPS:
        raise e.refuse(f"there is no operator for an activation called '{e.layer.name}'")
    return OPS[found.kind](replace(e, layer=found))


# --- layers that join --------------------------------------------------------------------------


def joined(kind: str) -> Write:
    """Branches value by value, two at a time; those of 1x1 are broadcast by themselves."""

    def write(e: Emit) -> str:
        names = _alike(e)
        x = names[0]
        for name in names[1:]:
            x = e.op(kind, x, name)
        return x

    return write


def concat(e: Emit) -> str:
    """Concat along the depth, or along another axis."""
    axis = axis_called(e.layer.axis, e.out)
    return e.op("Concat", *_alike(e), axis=1 if axis == e.rank else 1 + e.rank - axis)


def _alike(e: Emit) -> list[str]:
    """The inputs in one form: rows only where all are rows."""
    flat = all(value.flat for value in e.values)
    return [value.name if flat else e.image(value) for value in e.values]


OPS: dict[str, Write] = {
    **{row.kind: simple(row.onnx, row.onnx_attributes) for row in ROWS if row.onnx}, "ACT": activation,
    "ADAPTIVEPOOL": pools.adaptive, "ADD": joined("Add"), "ATTENTION": sequence_layers.attention,
    "BN": norms.batch_norm, "CONCAT": concat, "CONV": convolutions.conv, "CROP": moves.crop,
    "DEPTHPOOL": pools.depth_pool, "DO": simple("Identity"), "DROPPATH": simple("Identity"),
    "DWCONV": convolutions.depthwise, "EMBEDDING": sequence_layers.embedding, "FC": convolutions.connected,
    "FLATTEN": moves.flatten, "GAP": pools.adaptive, "GELU": gelu, "GN": norms.group_norm,
    "GRU": sequence_layers.recurrent, "IDENTITY": simple("Identity"), "IN": norms.instance_norm,
    "LEARNED": sequence_layers.learned, "LN": norms.layer_norm, "LSTM": sequence_layers.recurrent,
    "LOCAL": convolutions.local, "LRN": norms.response_norm, "MISH": mish, "MAX": joined("Max"), "MUL": joined("Mul"),
    "PAD": moves.pad, "PERMUTE": moves.permute, "PIXELSHUFFLE": moves.pixel_shuffle,
    "PIXELUNSHUFFLE": moves.pixel_unshuffle, "POOL": pools.pool, "PRELU": prelu, "RELU6": clip,
    "CLIP": clip, "RESCALE": rescale,
    "RESHAPE": moves.reshape, "RESIZE": moves.resize, "SCALE": norms.scale, "SEPCONV": convolutions.separable,
    "SHUFFLE": moves.shuffle, "SILU": silu, "SLICE": moves.channels, "RNN": sequence_layers.recurrent,
    "SOFTMAX": sequence_layers.softmax, "SUB": joined("Sub"), "UPCONV": convolutions.transposed,
    "UPSAMPLE": moves.upsample,
}  # fmt: skip
"""Every kind of layer that can be written; a model with another one is refused."""
