"""Keras' TimeDistributed: a layer or a model at every step of a sequence of images."""

from __future__ import annotations

import ast
from math import prod

from shapecalc.core.record import replace
from shapecalc.formats.python_program.applied_layers import AppliedLayers
from shapecalc.formats.python_program.framework_layers import argument_of, depth_after, form_of, pieces_of, rank_after
from shapecalc.formats.python_program.keras_functions import of_shape, shown
from shapecalc.formats.python_program.program_values import (
    AppliedLayer,
    External,
    FunctionalModel,
    LayerObject,
    LayerSequence,
    TensorValue,
    Unknown,
    Value,
)

SLIDING = {"CONV": ("kernel_size", 1), "POOL": ("pool_size", 2), "AVGPOOL": ("pool_size", 2)}
"""Our layers with windows, what Keras calls these, and how large they are where that is not said."""
POOLS = {"GAP": "AVGPOOL", "GLOBALMAXPOOL": "POOL"}
"""Windows as large as an image, for our layers that read all of one."""
STEPS = 2
"""Axes of the batch and of the steps."""


def at_every_step(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """`TimeDistributed(Conv2D(8, 3))`, `TimeDistributed(Sequential([…]))`."""
    inner, start = layer.arguments.get("layer", layer.arguments.get("0")), len(program.nodes)
    found = _at_every_step(program, inner, tensor, node)
    if isinstance(inner, LayerSequence | FunctionalModel):
        program.model_of.update(dict.fromkeys(range(start, len(program.nodes)), inner))
    return found


def _at_every_step(program: AppliedLayers, inner: Value, value: Value, node: ast.AST) -> Value:
    """What a layer or a Sequential gives at every step: a window of one step, or what a diagram has a word for."""
    if isinstance(inner, FunctionalModel) and (chain := _chain(program, inner)):
        inner = chain
    if isinstance(inner, LayerSequence):
        for one in inner.children.values():
            value = value if isinstance(one, TensorValue) else _at_every_step(program, one, value, node)
        return value
    if not isinstance(inner, LayerObject) or not isinstance(value, TensorValue):
        unknown = next((one for one in (value, inner) if isinstance(one, Unknown)), None)
        return unknown or program.lose(node, f"what is inside {program.places.shown(node)} is not known")
    form, span, axes = form_of(inner.name), program.span(node), (value.rank or STEPS) - STEPS - 1
    ours = form.ours if form else ""
    if ours == "INPUT":
        return value
    if ours in SLIDING and form is not None and form.axes == axes in (1, 2):
        return _sliding(program, inner, axes, value, node)
    if axes > 0 and ours in ("FLATTEN", *POOLS) and not argument_of(inner, "keepdims"):
        return _row_a_step(program, ours, value, node)
    if ours == "PRELU":
        return _slopes(program, inner, value, node)
    pieces = (("layers.TimeDistributed(", span), *inner.pieces, (")", span))
    rank = rank_after(inner, value.rank and value.rank - 1)
    made = AppliedLayer(pieces, (value,), "", span, inner)
    return program.add(made, rank and rank + 1, depth_after(inner, value.depth))


def _chain(program: AppliedLayers, model: FunctionalModel) -> LayerSequence | None:
    """The layers of a functional model where each reads the one before; None for another."""
    places = sorted(model.layers)
    layers: list[Value] = []
    for place, before in zip(places[1:], places, strict=False):
        node = program.nodes[place]
        if node.layer is None or [one.node for one in node.sources] != [before]:
            return None
        layers.append(node.layer)
    return LayerSequence({str(place): layer for place, layer in enumerate(layers)}, model.span)


def _slopes(program: AppliedLayers, inner: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """A PReLU with the same slopes at every step."""
    shape, shared = program.shape_of(tensor), argument_of(inner, "shared_axes")
    if shape is None:
        return program.unsized(node)
    axes = {shared} if isinstance(shared, int) else {*shared} if isinstance(shared, list | tuple) else set()
    count = prod(size for axis, size in enumerate(shape[1:], 1) if axis not in axes)
    made = (f"OPAQUE({shown(program, shape)}, params={count})", program.span(node))
    return program.add(AppliedLayer((made,), (tensor,), "", made[1], inner), tensor.rank, tensor.depth)


def _row_a_step(program: AppliedLayers, ours: str, tensor: TensorValue, node: ast.AST) -> Value:
    """A row of values for every step: all that there are, or the mean or the largest of each channel."""
    shape = program.shape_of(tensor)
    if shape is None or program.channels_first:
        return program.unsized(node)
    if ours == "FLATTEN":
        return of_shape(program, tensor, (shape[0], prod(shape[1:])), node)
    window = "x".join(map(str, (*shape[-2:0:-1], 1)))
    pooled = program.ours(f"{POOLS[ours]}({window})", tensor, node, tensor.rank, shape[-1])
    return of_shape(program, pooled, (shape[0], shape[-1]), node)


def _sliding(program: AppliedLayers, inner: LayerObject, axes: int, tensor: TensorValue, node: ast.AST) -> Value:
    """A window of one axis more, along which it is 1 long and moves by 1."""
    form = form_of(inner.name)
    window, usual = SLIDING[form.ours if form else ""]
    extent = _of_axes(argument_of(inner, window) or usual, axes)
    strides = argument_of(inner, "strides")
    stride = _of_axes(strides or (1 if usual == 1 else extent), axes)
    dilation = _of_axes(argument_of(inner, "dilation_rate") or 1, axes)
    name = inner.name.base.replace(f"{axes}D", f"{axes + 1}D")
    is_first = program.channels_first or argument_of(inner, "data_format") == "channels_first"
    if extent is None or stride is None or dilation is None or is_first:
        return program.lose(node)
    changed: dict[str, Value] = {window: (1, *extent), "strides": (1, *stride)}
    if usual == 1:
        changed["dilation_rate"] = (1, *dilation)
    of_steps = replace(inner, name=External(f"keras.layers.{name}", f"layers.{name}"))
    pieces = pieces_of(of_steps, changed, program.places)
    if isinstance(pieces, Unknown):
        return pieces
    made = AppliedLayer(pieces, (tensor,), "", program.span(node), inner)
    return program.add(made, tensor.rank, depth_after(inner, tensor.depth))


def _of_axes(value: Value, axes: int) -> tuple[int, ...] | None:
    """A number for each axis."""
    numbers = [value] * axes if isinstance(value, int) else value
    if not isinstance(numbers, list | tuple) or len(numbers) != axes or not all(type(one) is int for one in numbers):
        return None
    return tuple(one for one in numbers if isinstance(one, int))
