"""What Keras' layers do with tensors of several axes, in another order of axes, or with several tensors."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from math import prod

from shapecalc.core.phrases import size_text
from shapecalc.core.record import replace
from shapecalc.dialects.wrappers import is_wrapper
from shapecalc.formats.python_program import own_weights
from shapecalc.formats.python_program.applied_layers import IMAGE, SEQUENCE, VECTOR, AppliedLayers
from shapecalc.formats.python_program.framework_layers import (
    JOINS,
    OPEN,
    argument_of,
    depth_after,
    form_of,
    pieces_of,
    rank_after,
    stated_shape,
)
from shapecalc.formats.python_program.keras_joins import join
from shapecalc.formats.python_program.keras_wrappers import at_every_step, both_ways
from shapecalc.formats.python_program.program_values import (
    AppliedLayer,
    ExampleArray,
    Function,
    LayerObject,
    NotRead,
    TensorValue,
    Unknown,
    Value,
)

GIVEN = ("inputs", "input", "x", "query", "sequences")
"""What layers and models call what they read."""
WITHOUT_FIGURES = frozenset({"training", "mask", "attention_mask", "use_causal_mask"})
"""Arguments of a call on which no figure hangs."""
ALONG_THE_LAST = frozenset({
    "BatchNormalization", "LayerNormalization", "GroupNormalization", "Softmax", "UnitNormalization",
})  # fmt: skip
"""Layers that work along an axis, the last where none is said."""
OF_VALUES = frozenset({"DO", "IDENTITY", "FLATTEN", "-", "RELU", "LRELU", "ELU", "RESHAPE"})
"""Our layers for those that do the same in every order of axes."""


def apply_keras(
    program: AppliedLayers, layer: LayerObject, arguments: list[Value], named: Mapping[str, Value], node: ast.AST
) -> Value:
    """What a layer gives. Raises NotRead where it reads its axes in an order that the network does not have."""
    base = layer.name.base
    more = {key: value for key, value in named.items() if key not in WITHOUT_FIGURES}
    given = [*arguments, *(more.pop(key) for key in GIVEN if key in more and not arguments)]
    first = given[0] if given else None
    if isinstance(first, list | tuple) and len(first) == 1 and base not in JOINS:
        first = first[0]
    if isinstance(first, ExampleArray) and first.is_range:
        known = base == "Embedding"
        return own_weights.table(program, layer, first, node) if known else program.unknown(node)
    if isinstance(first, ExampleArray):
        first = program.input_of(first)
    if isinstance(first, Unknown):
        program.lost.append(first)
        return first
    if base == "Lambda":
        return _lambda(program, layer, first, node)
    if base == "MultiHeadAttention":
        return _attention(program, layer, [first, *given[1:]], more, node)
    if isinstance(first, list | tuple) and not more:
        return join(program, layer, first, node)
    if not isinstance(first, TensorValue) or len(given) > 1 or more:
        return program.lose(node, f"what {base} does with {program.places.shown(node)} is not known")
    first = _begun(program, layer, first)
    form = form_of(layer.name)
    if form is not None and form.ours == "INPUT":
        return first if first.node >= 0 else program.input_layer(layer)
    _check_order(program, layer, first, node)
    special = SPECIAL.get(base)
    found = special(program, layer, first, node) if special else None
    return _plain(program, layer, first, node, {}) if found is None else found


def _begun(program: AppliedLayers, layer: LayerObject, tensor: TensorValue) -> TensorValue:
    """What a layer reads: where nothing is in front of it, the input that it says itself."""
    if tensor.node >= 0 or (not layer.reads and program.given is None):
        return tensor
    return program.begin(layer.reads or ((OPEN, layer.span),), stated_shape(layer))


def _plain(
    program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST, changed: Mapping[str, Value]
) -> Value:
    """A layer as it is, some of its arguments changed."""
    pieces = pieces_of(layer, changed, program.places) if changed else layer.pieces
    if isinstance(pieces, Unknown):
        return pieces
    made = AppliedLayer(pieces, (tensor,), "", program.span(node), layer)
    return program.add(made, rank_after(layer, tensor.rank), depth_after(layer, tensor.depth))


def _check_order(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> None:
    """Raises NotRead for a layer that reads its channels at another end than those before it."""
    inner = layer.arguments.get("0") if is_wrapper(layer.name.base) else layer
    form = form_of(inner.name) if isinstance(inner, LayerObject) else None
    if form is None or not isinstance(inner, LayerObject) or (tensor.rank or IMAGE) == VECTOR:
        return
    slot = form.slot("data_format") or form.slot("dim_ordering")
    if slot is not None and form.ours != "FLATTEN":
        said = argument_of(inner, slot.name)
        first = said in ("channels_first", "th")
        if program.channels_first in (None, first):
            program.channels_first = first
            return
    elif not program.channels_first or form.ours in OF_VALUES or _of_channels(inner):
        return
    ends = ("first", "last") if slot is None or program.channels_first else ("last", "first")
    reason = f"{layer.name.base} reads the channels {ends[1]}, and a layer before it reads them {ends[0]}"
    raise NotRead(reason, program.span(node), "give all layers the same data_format")


def _of_channels(layer: LayerObject) -> bool:
    """Whether a layer that works along an axis works along the first."""
    return layer.name.base in ALONG_THE_LAST and argument_of(layer, "axis") == 1


# --- layers that the number of axes decides ---------------------------------------------------------


def _dense(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """Dense works along the last axis: at every position, where there are others."""
    if (tensor.rank or VECTOR) == VECTOR:
        return None
    span = program.span(node)
    pieces = (("layers.TimeDistributed(", span), *layer.pieces, (")", span))
    made = AppliedLayer(pieces, (tensor,), "", span, layer)
    return program.add(made, tensor.rank, depth_after(layer, tensor.depth))


def _along_axis(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """An axis that is the last one need not be said; a softmax is as large along another."""
    axis, base = argument_of(layer, "axis"), layer.name.base
    if isinstance(axis, list | tuple) and len(axis) == 1:
        axis = axis[0]
    first = program.channels_first
    bare = base == "LayerNormalization" and False in (argument_of(layer, "center"), argument_of(layer, "scale"))
    if isinstance(axis, list | tuple) or bare:
        return _normalised(program, layer, axis or -1, tensor, node)
    if not isinstance(axis, int) or (tensor.rank is None and not (first and axis == 1)):
        return None
    rank = tensor.rank or IMAGE
    if axis % rank != (1 if first else rank - 1):
        if base != "Softmax":
            return _normalised(program, layer, axis, tensor, node)
        program.stand_in(node, "SOFTMAX of the channels")
    return _plain(program, layer, tensor, node, {"axis": None})


def _normalised(program: AppliedLayers, layer: LayerObject, axes: Value, tensor: TensorValue, node: ast.AST) -> Value:
    """A normalisation with a weight, a shift or both for each place along some axes; None where that is not known."""
    shape, base = program.shape_of(tensor), layer.name.base
    given = [*axes] if isinstance(axes, list | tuple) else [axes]
    places = {one % (len(shape or ()) + 1) for one in given if isinstance(one, int)}
    if shape is None or program.channels_first or 0 in places or len(places) != len(given):
        return None
    if base not in ("BatchNormalization", "LayerNormalization"):
        return None
    count = prod(shape[place - 1] for place in places)
    params = count * sum(argument_of(layer, part) is not False for part in ("center", "scale"))
    buffers = f", buffers={2 * count}" if base == "BatchNormalization" else ""
    made = (f"OPAQUE({_size(shape)}, params={params}{buffers})", program.span(node))
    return program.add(AppliedLayer((made,), (tensor,), "", made[1], layer), tensor.rank, tensor.depth)


def _embedding(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """An embedding reads numbers that have no channels: each is a position of one."""
    length = argument_of(layer, "input_length")
    if tensor.node < 0 and isinstance(length, int):
        tensor = program.begin(((f"INPUT(1x1x{length})", layer.span),), (length,))
    if tensor.node < 0:
        return _plain(program, layer, replace(tensor, rank=VECTOR), node, {})
    if tensor.rank == VECTOR and tensor.node in program.open_inputs and program.given is None:
        return None
    shape = program.shape_of(tensor)
    if tensor.rank != VECTOR or shape is None:
        return program.lose(node, f"how many numbers {program.places.shown(node)} reads is not known")
    if not (old := program.nodes[tensor.node]).starts:
        tensor = program.ours(f"RESHAPE({shape[0]}x1)", tensor, node, VECTOR)
    elif old.pieces[0][0].startswith("INPUT(1x1x"):
        program.change(tensor.node, replace(old, pieces=((f"INPUT({shape[0]}x1)", old.span),)))
    depth = argument_of(layer, "output_dim")
    made = AppliedLayer(layer.pieces, (tensor,), "", program.span(node), layer)
    return program.add(made, SEQUENCE, depth if isinstance(depth, int) else None)


def _repeat_vector(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    shape, times = program.shape_of(tensor), layer.arguments.get("n", layer.arguments.get("0"))
    if shape is None or tensor.rank != VECTOR or not isinstance(times, int):
        return program.lose(node)
    row = program.ours(f"RESHAPE(1x{shape[0]})", tensor, node, SEQUENCE)
    return program.ours(f"UPSAMPLE({times})", row, node, SEQUENCE, shape[0])


def _reshape(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """`Reshape((-1, 6))`: what -1 stands for; a row of values is one without width and height."""
    target = argument_of(layer, "target_shape")
    if not isinstance(target, list | tuple) or not all(isinstance(one, int) for one in target):
        return None
    sizes = [one for one in target if isinstance(one, int)]
    if program.channels_first and len(sizes) == SEQUENCE - 1:
        raise NotRead("in which order Reshape gives its axes is not known", program.span(node))
    if -1 in sizes:
        shape = program.shape_of(tensor)
        others = prod(one for one in sizes if one != -1)
        if shape is None or others < 1 or prod(shape) % others:
            return None if len(sizes) > 1 else program.ours("FLATTEN", tensor, node, VECTOR)
        sizes[sizes.index(-1)] = prod(shape) // others
    if len(sizes) == 1:
        return program.ours(f"FLATTEN: 1x1x{sizes[0]}", tensor, node, VECTOR, sizes[0])
    first = program.channels_first
    order = (*sizes[:0:-1], sizes[0]) if first else (*sizes[-2::-1], sizes[-1])
    return program.ours(f"RESHAPE({size_text(order)})", tensor, node, len(sizes) + 1, order[-1])


def _permute(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    if program.channels_first:
        raise NotRead("in which order Permute gives its axes is not known", program.span(node))
    return None


def _prelu(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """PReLU with one slope for some axes alone."""
    shared = argument_of(layer, "shared_axes")
    axes = {shared} if isinstance(shared, int) else {*shared} if isinstance(shared, list | tuple) else set()
    shape = program.shape_of(tensor)
    if program.channels_first or shape is None or axes in (set(), {*range(1, len(shape))}):
        return None
    count = prod(size for axis, size in enumerate(shape, 1) if axis not in axes)
    made = (f"OPAQUE({_size(shape)}, params={count})", program.span(node))
    return program.add(AppliedLayer((made,), (tensor,), "", made[1], layer), tensor.rank, tensor.depth)


def _normalization(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """A mean, a variance and a counter, which `adapt` finds."""
    shape, axis = program.shape_of(tensor), layer.arguments.get("axis", layer.arguments.get("0", -1))
    if layer.arguments.get("mean") is not None:
        return program.ours("IDENTITY", tensor, node, tensor.rank, tensor.depth)
    if shape is None or axis not in (-1, None, len(shape)):
        return program.lose(node)
    count = 1 + 2 * (1 if axis is None else shape[-1])
    return program.ours(f"OPAQUE({_size(shape)}, buffers={count})", tensor, node, tensor.rank, tensor.depth)


def _size(shape: Sequence[int]) -> str:
    """A shape of Keras as a diagram writes it."""
    return size_text((*shape[-2::-1], shape[-1]) if len(shape) > 1 else (1, 1, *shape))


SPECIAL: Mapping[str, Callable[[AppliedLayers, LayerObject, TensorValue, ast.AST], Value]] = {
    "Dense": _dense, "Embedding": _embedding, "RepeatVector": _repeat_vector, "Reshape": _reshape,
    "Permute": _permute, "PReLU": _prelu, "Normalization": _normalization, **dict.fromkeys(ALONG_THE_LAST, _along_axis),
    "Bidirectional": both_ways, "TimeDistributed": at_every_step,
}  # fmt: skip
"""Layers that are another of ours for some tensors; None where they are not."""


# --- layers that are given functions or several tensors ---------------------------------------------


def _lambda(program: AppliedLayers, layer: LayerObject, given: Value, node: ast.AST) -> Value:
    """`Lambda(lambda x: x / 255.)`: what its function gives."""
    function = layer.arguments.get("function", layer.arguments.get("0"))
    named = layer.arguments.get("arguments") or {}
    if isinstance(given, TensorValue):
        given = _begun(program, layer, given)
    if not isinstance(function, Function) or not isinstance(named, dict):
        return program.lose(node, f"what the function of {program.places.shown(node)} gives is not known")
    found = program.call_function(function, [given], named, node)
    if isinstance(found, Unknown):
        program.lost.append(found)
    return found


def _attention(
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
