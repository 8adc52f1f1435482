"""What Keras' layers do with tensors of several axes, in another order of axes, or with several tensors."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from math import prod

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
    own_activation,
    pieces_of,
    rank_after,
    stated_shape,
)
from shapecalc.formats.python_program.keras_attention import attention, multi_head_attention
from shapecalc.formats.python_program.keras_functions import shown
from shapecalc.formats.python_program.keras_joins import join
from shapecalc.formats.python_program.keras_recurrent import STATES, both_directions, of_cells, recurrent
from shapecalc.formats.python_program.keras_wrappers import at_every_step
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
    "RMSNormalization",
})  # fmt: skip
"""Layers that work along an axis, the last where none is said."""
OF_VALUES = frozenset({"DO", "IDENTITY", "FLATTEN", "-", "RELU", "LRELU", "ELU", "RESHAPE"})
"""Our layers for those that do the same in every order of axes."""


def apply_keras(
    program: AppliedLayers, layer: LayerObject, arguments: list[Value], named: Mapping[str, Value], node: ast.AST
) -> Value:
    """What a layer gives. Raises NotRead where it reads its axes in an order that the network does not have."""
    start = len(program.nodes)
    found = _applied(program, layer, arguments, named, node)
    for place in range(start, len(program.nodes)):
        if program.nodes[place].layer is None and not program.nodes[place].starts:
            program.part_of.setdefault(place, layer)
    return found


def _applied(
    program: AppliedLayers, layer: LayerObject, arguments: list[Value], named: Mapping[str, Value], node: ast.AST
) -> Value:
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
        return multi_head_attention(program, layer, [first, *given[1:]], more, node)
    if base in ATTENTIONS and isinstance(first, list | tuple) and not more:
        return attention(program, layer, first, node)
    if isinstance(first, list | tuple) and not more and base not in WITH_STATES:
        return join(program, layer, first, node)
    if base in WITH_STATES and len(given) == 2:
        more["initial_state"] = given.pop()
    if base in WITH_STATES and isinstance(first, list | tuple) and first:
        more["initial_state"], first = list(first[1:]), first[0]
    unread = more.keys() - ({"initial_state"} if base in WITH_STATES else set())
    if not isinstance(first, TensorValue) or len(given) > 1 or unread:
        return program.lose_layer(layer, first, node)
    first = _begun(program, layer, first)
    form = form_of(layer.name)
    if form is not None and form.ours == "INPUT":
        return first if first.node >= 0 else program.input_layer(layer)
    _check_order(program, layer, first, node)
    if base in WITH_STATES:
        found = WITH_STATES[base](program, layer, first, more, node)
        return _alone(program, layer, first, node) if found is None else found
    return _alone(program, layer, first, node)


def _alone(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """What a layer gives for one tensor; an activation that the program defines follows it."""
    special = SPECIAL.get(layer.name.base)
    found = special(program, layer, tensor, node) if special else None
    found = _plain(program, layer, tensor, node, {}) if found is None else found
    own = own_activation(layer)
    if own is None or not isinstance(found, TensorValue) or not isinstance(node, ast.Call):
        return found
    return program.call(own, [found], {}, node)


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
        if program.channels_first is None and first and program.assumed_last:
            reason = f"{layer.name.base} reads the channels first, and where layers before it have them is not said"
            raise NotRead(
                reason, program.span(node), "write keras.config.set_image_data_format('channels_first') first"
            )
        if program.channels_first in (None, first):
            program.channels_first = first
            return
    elif not program.channels_first or form.ours in OF_VALUES or _of_channels(inner):
        program.assumed_last = program.assumed_last or form.ours not in OF_VALUES
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
    axis = argument_of(layer, "axis")
    if isinstance(axis, list | tuple) and len(axis) == 1:
        axis = axis[0]
    first = program.channels_first
    if not isinstance(axis, int) or (tensor.rank is None and not (first and axis == 1)):
        return None
    rank = tensor.rank or IMAGE
    if axis % rank != (1 if first else rank - 1):
        if layer.name.base != "Softmax":
            return None
        program.stand_in(node, "SOFTMAX of the channels")
    return _plain(program, layer, tensor, node, {"axis": None})


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
    elif program.channels_first is None and len(sizes) > 1:
        return None  # the text turns its sizes, once it is known
    if len(sizes) == 1:
        return program.ours(f"FLATTEN: 1x1x{sizes[0]}", tensor, node, VECTOR, sizes[0])
    depth = sizes[0] if program.channels_first else sizes[-1]
    return program.ours(f"RESHAPE({shown(program, tuple(sizes))})", tensor, node, len(sizes) + 1, depth)


def _permute(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    if program.channels_first:
        raise NotRead("in which order Permute gives its axes is not known", program.span(node))
    program.assumed_last = True
    return None


def _prelu(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """PReLU with one slope for some axes alone."""
    shared = argument_of(layer, "shared_axes")
    axes = {shared} if isinstance(shared, int) else {*shared} if isinstance(shared, list | tuple) else set()
    shape = program.shape_of(tensor)
    if program.channels_first or shape is None or axes in (set(), {*range(1, len(shape))}):
        return None
    count = prod(size for axis, size in enumerate(shape, 1) if axis not in axes)
    made = (f"OPAQUE({shown(program, shape)}, params={count})", program.span(node))
    return program.add(AppliedLayer((made,), (tensor,), "", made[1], layer), tensor.rank, tensor.depth)


def _normalization(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """A mean, a variance and a counter, which `adapt` finds."""
    shape, axis = program.shape_of(tensor), layer.arguments.get("axis", layer.arguments.get("0", -1))
    if layer.arguments.get("mean") is not None:
        return program.ours("IDENTITY", tensor, node, tensor.rank, tensor.depth)
    if shape is None or axis not in (-1, None, len(shape)):
        return program.lose(node)
    count = 1 + 2 * (1 if axis is None else shape[-1])
    return program.ours(f"OPAQUE({shown(program, shape)}, buffers={count})", tensor, node, tensor.rank, tensor.depth)


def _activation(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    return tensor if own_activation(layer) is not None else None


def _groups(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """`GroupNormalization(groups=-1)`: as many as there are channels."""
    if argument_of(layer, "groups") == -1 and tensor.depth:
        return _plain(program, layer, tensor, node, {"groups": tensor.depth})
    return _along_axis(program, layer, tensor, node)


def _normalized(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """A normalization along other axes than the channels, or without some of the weights that ours has."""
    base, shape, axis = layer.name.base, program.shape_of(tensor), argument_of(layer, "axis")
    weights = sum(argument_of(layer, key) is not False for key in WEIGHTS)
    axes = [-1] if axis is None else [*axis] if isinstance(axis, list | tuple) else [axis]
    of_channels = 1 if program.channels_first and axis is not None else len(shape or ())
    places = [one % (len(shape) + 1) for one in axes if type(one) is int] if shape else []
    is_ours = base == "BatchNormalization" or (base == "LayerNormalization" and weights == len(WEIGHTS))
    if shape is None or len(places) != len(axes) or 0 in places or (is_ours and places == [of_channels]):
        return _along_axis(program, layer, tensor, node)
    count = prod(shape[place - 1] for place in places)
    params = count * (1 if base == "RMSNormalization" else weights)
    buffers = f", buffers={2 * count}" if base == "BatchNormalization" else ""
    made = (f"OPAQUE({shown(program, shape)}, params={params}{buffers})", program.span(node))
    return program.add(AppliedLayer((made,), (tensor,), "", made[1], layer), tensor.rank, tensor.depth)


WITH_STATES = {
    **dict.fromkeys(STATES, recurrent), "Bidirectional": both_directions, "RNN": of_cells,
}  # fmt: skip
"""Layers that carry states along, which may be given."""
WEIGHTS = ("center", "scale")
"""Arguments of a normalization that say which weights it has."""
ATTENTIONS = frozenset({"Attention", "AdditiveAttention"})
SPECIAL: Mapping[str, Callable[[AppliedLayers, LayerObject, TensorValue, ast.AST], Value]] = {
    "Dense": _dense, "Embedding": _embedding, "RepeatVector": _repeat_vector, "Reshape": _reshape,
    "Permute": _permute, "PReLU": _prelu, "Normalization": _normalization, **dict.fromkeys(ALONG_THE_LAST, _along_axis),
    **dict.fromkeys(("BatchNormalization", "LayerNormalization", "RMSNormalization"), _normalized),
    "GroupNormalization": _groups, "Activation": _activation, "TimeDistributed": at_every_step,
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
