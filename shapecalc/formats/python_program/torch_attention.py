"""PyTorch's attention in programs, and the layers of transformers that are made of it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from math import prod

from shapecalc.core.record import replace
from shapecalc.formats.python_program.applied_layers import SEQUENCE, AppliedLayers
from shapecalc.formats.python_program.framework_layers import argument_of, layer_call
from shapecalc.formats.python_program.program_values import (
    AppliedLayer,
    External,
    LayerObject,
    NotRead,
    TensorValue,
    Unknown,
    Value,
)
from shapecalc.formats.python_program.torch_axes import opaque, permuted
from shapecalc.formats.python_program.torch_functions import copied
from shapecalc.formats.python_program.torch_layers import last_as_channels, of_last_axis
from shapecalc.formats.python_program.torch_views import BATCH, SplitAxes, back_again, in_front

FEED_FORWARD = 2_048
"""Values of the layer between, where a TransformerEncoderLayer does not say how many."""
_PLACES = {
    "d_model": 0, "nhead": 1, "dim_feedforward": 2, "activation": 4, "batch_first": 6, "norm_first": 7,
    "encoder_layer": 0, "num_layers": 1, "norm": 2,
}  # fmt: skip
"""The places of the arguments of transformers."""


def whole(
    program: AppliedLayers, layer: LayerObject, given: Sequence[Value], named: Mapping[str, Value], node: ast.AST
) -> Value:
    """What attention or an encoder gives; `Ellipsis` for other layers. Raises NotRead where its axes are others."""
    names = ("query", "key", "value") if layer.name.base == "MultiheadAttention" else ("src",)
    if layer.name.base not in WHOLE:
        return ...
    read = [given[place] if place < len(given) else named.get(name) for place, name in enumerate(names)]
    more = [*given[len(names) :], *(value for name, value in named.items() if name not in names)]
    unknown = next((one for one in (*read, *more) if isinstance(one, Unknown) and one in program.lost), None)
    if unknown or any(isinstance(one, TensorValue | SplitAxes) for one in more):
        return unknown or program.lose(node)
    if isinstance(first := read[0], SplitAxes):
        return _steps_first(program, layer, first, read, node)
    tensors = [one for one in read if isinstance(one, TensorValue)]
    if len(tensors) < len(read):
        return next((one for one in read if isinstance(one, Unknown)), None) or program.lose(node)
    if not _batch_first(layer):
        reason = f"{layer.name.base} without batch_first=True reads the batch as its second axis, and it is the first"
        raise NotRead(reason, program.span(node))
    return WHOLE[layer.name.base](program, layer, tensors, node)


def _steps_first(
    program: AppliedLayers, layer: LayerObject, first: SplitAxes, read: Sequence[Value], node: ast.AST
) -> Value:
    """The same of sequences whose batch is the second axis."""
    if _batch_first(layer) or any(not isinstance(one, SplitAxes) or one.order.index(BATCH) != 1 for one in read):
        return program.lose(node)
    fronts = [in_front(program, one, node) for one in dict.fromkeys(read) if isinstance(one, SplitAxes)]
    known = dict(zip(dict.fromkeys(read), fronts, strict=True))
    tensors = [one for one in map(known.get, read) if one is not None]
    if len(tensors) < len(read):
        return program.lose(node)
    return back_again(program, first, WHOLE[layer.name.base](program, layer, tensors, node)) or program.lose(node)


def _said(layer: LayerObject, name: str) -> Value:
    """An argument of a layer that no diagram has."""
    return layer.arguments.get(name, layer.arguments.get(str(_PLACES[name])))


def _batch_first(layer: LayerObject) -> bool:
    match layer.name.base:
        case "MultiheadAttention":
            return argument_of(layer, "batch_first") is True
        case "TransformerEncoder":
            inner = _said(layer, "encoder_layer")
            return isinstance(inner, LayerObject) and _batch_first(inner)
    return _said(layer, "batch_first") is True


def _attention(program: AppliedLayers, layer: LayerObject, tensors: Sequence[TensorValue], node: ast.AST) -> Value:
    """The output, and the weights, which are not followed."""
    shapes = [program.shape_of(one) for one in tensors]
    depth, heads = argument_of(layer, "embed_dim"), argument_of(layer, "num_heads")
    if type(depth) is not int or any(shape is None or len(shape) != 2 or shape[-1] != depth for shape in shapes):
        reason = f"MultiheadAttention reads three sequences of {depth} values, and these tensors have {shapes}"
        raise NotRead(reason, program.span(node))
    weights = program.unknown(node, "the weights of attention are not followed here")
    shape = shapes[0] or ()
    if len(set(tensors)) == 1:
        return last_as_channels(program, layer.pieces, layer, tensors[0], shape, depth, node), weights
    if any(argument_of(layer, name) not in (None, False) for name in ("add_bias_kv", "add_zero_attn", "kdim", "vdim")):
        return program.lose(node)
    parts = program.made_of.setdefault(layer, tuple(replace(layer) for _ in range(len(tensors) + 1)))
    text = f"CONV({depth}, 1{', bias=false' if argument_of(layer, 'bias') is False else ''})"
    span = program.span(node)

    def applied(tensor: TensorValue, part: LayerObject) -> TensorValue:
        return program.add(AppliedLayer(((text, span),), (tensor,), "", span, part), SEQUENCE, depth)

    there = [permuted(program, one, [0, 2, 1], node) for one in tensors]
    made = [applied(one, part) for one, part in zip(there, parts, strict=False) if isinstance(one, TensorValue)]
    joined = program.joined(f"ATTENTION({heads})", made, node, SEQUENCE, depth)
    return permuted(program, applied(joined, parts[-1]), [0, 2, 1], node), weights


def _encoder_layer(program: AppliedLayers, layer: LayerObject, tensors: Sequence[TensorValue], node: ast.AST) -> Value:
    """Attention and two layers at every position, each added to what it reads, and normalised before or after."""
    width, heads = _said(layer, "d_model"), _said(layer, "nhead")
    wide = _said(layer, "dim_feedforward") or FEED_FORWARD
    has_bias = layer.arguments.get("bias") is not False
    if layer not in program.made_of:
        made = [
            layer_call(External(f"torch.nn.{name}", f"nn.{name}"), layer.node, given, named, program.places)
            for name, given, named in (
                ("MultiheadAttention", [width, heads], {"bias": has_bias, "batch_first": True}),
                ("Linear", [width, wide], {"bias": has_bias}),
                ("Linear", [wide, width], {"bias": has_bias}),
                ("LayerNorm", [width], {} if has_bias else {"bias": False}),
                ("LayerNorm", [width], {} if has_bias else {"bias": False}),
            )
        ]
        known = tuple(one for one in made if isinstance(one, LayerObject))
        if len(known) < len(made):
            return next(one for one in made if isinstance(one, Unknown))
        program.made_of[layer] = known
    attends, up, down, *norms = program.made_of[layer]
    said = _said(layer, "activation")
    act = "GELU" if said == "gelu" or (isinstance(said, External | LayerObject) and "gelu" in _base(said)) else "RELU"

    def attended(value: Value) -> Value:
        found = _attention(program, attends, [value] * 3, node) if isinstance(value, TensorValue) else value
        return found[0] if isinstance(found, tuple) else found

    def forward(value: Value) -> Value:
        value = _one(program, up, value, node)
        if isinstance(value, TensorValue):
            value = program.ours(act, value, node, value.rank, value.depth)
        return _one(program, down, value, node)

    value: Value = tensors[0]
    for inner, norm in zip((attended, forward), norms, strict=True):
        before = value
        value = inner(_one(program, norm, value, node) if _said(layer, "norm_first") is True else value)
        if not isinstance(value, TensorValue) or not isinstance(before, TensorValue):
            return value
        value = program.joined("ADD", [before, value], node)
        value = value if _said(layer, "norm_first") is True else _one(program, norm, value, node)
    return value


def _base(value: External | LayerObject) -> str:
    return (value if isinstance(value, External) else value.name).base.lower()


def _one(program: AppliedLayers, layer: LayerObject, value: Value, node: ast.AST) -> Value:
    return of_last_axis(program, layer, value, node) if isinstance(value, TensorValue) else value


def _encoder(program: AppliedLayers, layer: LayerObject, tensors: Sequence[TensorValue], node: ast.AST) -> Value:
    """Copies of a layer, one after the other, and a norm at the end."""
    inner, count, norm = (_said(layer, name) for name in ("encoder_layer", "num_layers", "norm"))
    if not isinstance(inner, LayerObject) or inner.name.base != "TransformerEncoderLayer" or type(count) is not int:
        return program.lose(node)
    if layer not in program.made_of:
        copies = [copied(inner, {}) for _ in range(count)]
        program.made_of[layer] = tuple(one for one in copies if isinstance(one, LayerObject))
    value: Value = tensors[0]
    for one in program.made_of[layer]:
        value = _encoder_layer(program, one, [value], node) if isinstance(value, TensorValue) else value
    return _one(program, norm, value, node) if isinstance(norm, LayerObject) else value


WHOLE = {
    "MultiheadAttention": _attention, "TransformerEncoderLayer": _encoder_layer, "TransformerEncoder": _encoder,
}  # fmt: skip
"""Layers of PyTorch that read whole sequences."""


def products(program: AppliedLayers, given: Sequence[Value], node: ast.AST) -> Value:
    """`F.scaled_dot_product_attention(q, k, v)`."""
    tensors = [one for one in given if isinstance(one, TensorValue)]
    shapes = [program.shape_of(one) or () for one in tensors]
    if len(tensors) != len(given) or len(shapes) != len("qkv") or len({*map(len, shapes)}) != 1 or len(shapes[0]) < 2:
        return program.lose(node)
    query, key, value = shapes
    if query[-1] != key[-1] or key[-2] != value[-2] or query[:-2] != key[:-2]:
        return program.lose(node)
    shape = (*query[:-1], value[-1])
    return opaque(program, tensors, shape, node, (prod(query) + prod(shape)) * key[-2])
