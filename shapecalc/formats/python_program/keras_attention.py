"""Keras' layers of attention in programs: what looks at all positions, and its projections."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from shapecalc.core.record import replace
from shapecalc.formats.python_program.applied_layers import SEQUENCE, AppliedLayers
from shapecalc.formats.python_program.framework_layers import argument_of
from shapecalc.formats.python_program.program_values import AppliedLayer, LayerObject, TensorValue, Unknown, Value


def attention(program: AppliedLayers, layer: LayerObject, given: Sequence[Value], node: ast.AST) -> Value:
    """`Attention()([query, value, key])`, and AdditiveAttention: one head without projections."""
    tensors = [one for one in given if isinstance(one, TensorValue)]
    shapes = [shape for one in tensors if (shape := program.shape_of(one)) and one.rank == SEQUENCE]
    if len(shapes) != len(given) or len(given) not in (2, 3) or program.channels_first:
        unknown = next((one for one in given if isinstance(one, Unknown)), None)
        return unknown or program.lose(node, f"what {program.places.shown(node)} gives is not known")
    (steps, wide), (length, deep) = shapes[:2]
    is_additive = layer.name.base == "AdditiveAttention"
    scales = argument_of(layer, "use_scale")
    count = wide if is_additive and scales in (None, True) else int(scales is True)
    if argument_of(layer, "score_mode") == "concat":
        count += 1
    if count or is_additive:
        macs = steps * length * (wide + deep)
        joins = f"OPAQUE({steps}x{deep}, params={count}, macs={macs})"
    else:
        joins = "ATTENTION(1)"
    read = (tensors[0], tensors[-1], tensors[1])
    made = program.add(AppliedLayer((), read, joins, program.span(node), layer), SEQUENCE, deep)
    program.part_of[made.node] = layer
    return made


def multi_head_attention(
    program: AppliedLayers, layer: LayerObject, given: list[Value], named: dict[str, Value], node: ast.AST
) -> Value:
    """Three projections, what looks at all positions, and a projection to as many channels as the query has."""
    read = [*given, *(named.pop(key) for key in ("value", "key") if key in named)]
    read = [*read, read[1]][:3] if len(read) > 1 else read
    numbers = {key: argument_of(layer, key) for key in ("num_heads", "key_dim", "value_dim", "output_shape")}
    heads, wide = numbers["num_heads"], numbers["key_dim"]
    tensors = [one for one in read if isinstance(one, TensorValue)]
    if len(tensors) < 3 or named or not isinstance(heads, int) or not isinstance(wide, int):
        return program.lose(node, f"what MultiHeadAttention does with {program.places.shown(node)} is not known")
    shape, deep = program.shape_of(tensors[0]), numbers["value_dim"]
    deep = deep if isinstance(deep, int) else wide
    depth = numbers["output_shape"] or tensors[0].depth or (shape and shape[-1])
    ranks = {one.rank for one in tensors}
    if layer in program.attended or ranks != {SEQUENCE} or argument_of(layer, "attention_axes") or not depth:
        return program.lose(node, f"what MultiHeadAttention does with {program.places.shown(node)} is not known")
    program.attended.append(layer)
    layer.is_frozen = False  # its projections are made now, and know nothing of what was said before
    bias = "" if argument_of(layer, "use_bias") in (None, True) else ", bias=false"
    dropped = f", p={rate}" if isinstance(rate := argument_of(layer, "dropout"), float) and rate else ""
    widths = (heads * wide, heads * wide, heads * deep)

    def part(text: str, read: Sequence[TensorValue], joins: str = "") -> TensorValue:
        pieces = () if joins else ((text, program.span(node)),)
        made = program.add(AppliedLayer(pieces, tuple(read), joins, program.span(node)), SEQUENCE)
        program.part_of[made.node] = layer
        return made

    query, value, key = tensors
    parts = [part(f"CONV({n}, 1{bias})", [one]) for one, n in zip((query, key, value), widths, strict=True)]
    joined = part("", parts, f"ATTENTION({heads}{dropped})")
    made = part(f"CONV({depth}, 1{bias})", [joined])
    return replace(made, depth=depth if isinstance(depth, int) else None)
