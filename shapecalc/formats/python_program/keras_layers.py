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
from shapecalc.formats.python_program.keras_functions import of_shape
from shapecalc.formats.python_program.keras_joins import READERS, join
from shapecalc.formats.python_program.keras_lowering import config_of, lower
from shapecalc.formats.python_program.keras_recurrent import STATES, both_directions, of_cells, recurrent
from shapecalc.formats.python_program.keras_wrappers import at_every_step
from shapecalc.formats.python_program.program_values import (
    AppliedLayer,
    ExampleArray,
    External,
    Function,
    LayerObject,
    NotRead,
    TensorValue,
    Unknown,
    Value,
)
from shapecalc.lowering.keras.layer_table import reader_of

GIVEN = ("inputs", "input", "x", "query", "sequences")
"""What layers and models call what they read."""
WITHOUT_FIGURES = frozenset({"training", "mask", "attention_mask", "use_causal_mask"})
"""Arguments of a call on which no figure hangs."""
ALONG_THE_LAST = frozenset({
    "BatchNormalization", "LayerNormalization", "GroupNormalization", "Softmax", "UnitNormalization",
    "RMSNormalization",
})  # fmt: skip
"""Layers that work along an axis, the last where none is said."""
OF_WEIGHTS = ("initializer", "regularizer", "constraint")
"""How arguments end on which no figure hangs."""
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
    if base in ATTENTIONS:
        return _attention(
            program, layer, [*first] if isinstance(first, list | tuple) else [first, *given[1:]], more, node
        )
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
    base = layer.name.base
    unread = form_of(layer.name) is None and not is_wrapper(base) and base not in READERS  # in a text
    special = SPECIAL.get(base) or (_lowered if unread and reader_of(base) else None)
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


def _lowered(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """What saved models have as several of our layers, or as none; its own call where it is one along the channels."""
    form, axis = form_of(layer.name), argument_of(layer, "axis")
    own = form.ours if form and form.ours != "IDENTITY" else ""
    if tensor.rank is None and form is not None and not (program.channels_first and axis == 1):
        return None
    base, values = layer.name.base, config_of(layer)
    found = (
        None
        if form is None and not _is_said(values)
        else lower(program, reader_of(base), base, values, [tensor], node, layer, own)
    )
    if found is ...:
        groups = {"groups": tensor.depth} if argument_of(layer, "groups") == -1 else {}
        found = _plain(program, layer, tensor, node, groups | ({} if axis is None else {"axis": None}))
    if found is not None or form is not None:
        return found
    why = f"what {base} does with {program.places.shown(node)} is not known"
    return program.unsized(node) if program.shape_of(tensor) is None else program.lose(node, why)


def _is_said(values: Mapping[str, Value]) -> bool:
    """Whether the settings on which figures hang are words and numbers, as of layers whose calls no table has."""
    told = [value for key, value in values.items() if key != "name" and not key.endswith(OF_WEIGHTS)]
    parts = [one for value in told for one in (value if isinstance(value, list | tuple) else (value,))]
    return all(one is None or isinstance(one, str | int | float | External) for one in parts)


# --- layers that the number of axes decides ---------------------------------------------------------


def _dense(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """Dense works along the last axis: at every position, where there are others."""
    if (tensor.rank or VECTOR) == VECTOR:
        return None
    span = program.span(node)
    pieces = (("layers.TimeDistributed(", span), *layer.pieces, (")", span))
    made = AppliedLayer(pieces, (tensor,), "", span, layer)
    return program.add(made, tensor.rank, depth_after(layer, tensor.depth))


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
    return of_shape(program, tensor, tuple(sizes), node)


def _permute(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    if program.channels_first:
        raise NotRead("in which order Permute gives its axes is not known", program.span(node))
    program.assumed_last = True
    return None


def _activation(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    return tensor if own_activation(layer) is not None else None


WITH_STATES = {
    **dict.fromkeys(STATES, recurrent), "Bidirectional": both_directions, "RNN": of_cells,
}  # fmt: skip
"""Layers that carry states along, which may be given."""
ATTENTIONS = frozenset({"MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention"})
SPECIAL: Mapping[str, Callable[[AppliedLayers, LayerObject, TensorValue, ast.AST], Value]] = {
    "Dense": _dense, "Embedding": _embedding, "Reshape": _reshape, "Permute": _permute, "Activation": _activation,
    "TimeDistributed": at_every_step,
    **dict.fromkeys(
        ("BatchNormalization", "LayerNormalization", "RMSNormalization", "GroupNormalization", "Normalization",
         "Softmax", "PReLU", "RepeatVector", "Rescaling", "CenterCrop", "RandomCrop"), _lowered,
    ),
}  # fmt: skip
"""Layers that are another of ours for some tensors; None where they are not."""


# --- layers that are given functions or several tensors ---------------------------------------------


def _attention(
    program: AppliedLayers, layer: LayerObject, given: list[Value], named: dict[str, Value], node: ast.AST
) -> Value:
    """What looks at all positions: `MultiHeadAttention(4, 16)(query, value)`, `Attention()([query, value])`."""
    base = layer.name.base
    given += [named.pop(key) for key in ("value", "key") if key in named]
    read = [one for one in given if isinstance(one, TensorValue)]
    made, unknown = None, next((one for one in given if isinstance(one, Unknown)), None)
    if len(read) == len(given) > 1 and not named:
        if layer not in program.made_of:
            layer.is_frozen = False  # its projections are made now, and know nothing of what was said before
        made = lower(program, reader_of(base), base, config_of(layer), read, node, layer)
    why = f"what {base} does with {program.places.shown(node)} is not known"
    return made or unknown or program.lose(node, why)


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
