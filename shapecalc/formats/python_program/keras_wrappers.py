"""Keras' TimeDistributed: a layer or a model at every step of a sequence of images."""

from __future__ import annotations

import ast

from shapecalc.formats.python_program.applied_layers import AppliedLayers
from shapecalc.formats.python_program.framework_layers import depth_after, form_of, own_activation, rank_after
from shapecalc.formats.python_program.keras_lowering import config_of, lower
from shapecalc.formats.python_program.program_values import (
    AppliedLayer,
    FunctionalModel,
    LayerObject,
    LayerSequence,
    TensorValue,
    Unknown,
    Value,
)
from shapecalc.lowering.keras.elementwise import unknown
from shapecalc.lowering.keras.layer_table import at_every_step as every_step
from shapecalc.lowering.keras.layer_table import reader_of
from shapecalc.lowering.keras.settings import KerasTensor
from shapecalc.lowering.keras.use import Use

AS_SAVED = ("FLATTEN", "PRELU", "LSTM", "GRU", "RNN")
"""Our layers without axes in their names that are another one at every step."""


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
    form, span = form_of(inner.name), program.span(node)
    if form is not None and form.ours == "INPUT":
        return value
    if value.rank is not None and form is not None and (form.axes or form.ours in AS_SAVED):
        found = lower(program, _read, inner.name.base, config_of(inner), [value], node, inner)
        own = own_activation(inner)
        if found is None:
            return program.unsized(node) if program.shape_of(value) is None else program.lose(node)
        return program.call(own, [found], {}, node) if own and isinstance(node, ast.Call) else found
    pieces = (("layers.TimeDistributed(", span), *inner.pieces, (")", span))
    rank = rank_after(inner, value.rank and value.rank - 1)
    made = AppliedLayer(pieces, (value,), "", span, inner)
    return program.add(made, rank and rank + 1, depth_after(inner, value.depth))


def _read(use: Use) -> KerasTensor:
    return every_step(use, reader_of(use.settings.kind) or unknown, 1)


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
