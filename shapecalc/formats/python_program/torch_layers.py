"""Layers of PyTorch that read the last axis of a tensor, whose sizes are known, and states of recurrent ones."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from math import prod

from shapecalc.core.record import replace
from shapecalc.formats.python_program.applied_layers import SEQUENCE, VECTOR, AppliedLayers
from shapecalc.formats.python_program.framework_layers import argument_of, form_of, pieces_of
from shapecalc.formats.python_program.program_values import (
    AppliedLayer,
    LayerObject,
    NotRead,
    Piece,
    TensorValue,
    Unknown,
    Value,
)
from shapecalc.formats.python_program.program_weights import Carried
from shapecalc.formats.python_program.torch_axes import Shape, permuted, shown
from shapecalc.formats.python_program.torch_views import is_batch


def last_as_channels(
    program: AppliedLayers,
    text: str | tuple[Piece, ...],
    layer: LayerObject,
    tensor: TensorValue,
    shape: Shape,
    gives: int,
    node: ast.AST,
) -> Value:
    """A layer of ours, for which the last axis is moved to the place of the channels, and back after it."""
    there = permuted(program, tensor, [0, len(shape), *range(1, len(shape))], node)
    if not isinstance(there, TensorValue):
        return there
    pieces = ((text, program.span(node)),) if isinstance(text, str) else text
    there = scaled(program, layer, there, is_before=True)
    made = program.add(AppliedLayer(pieces, (there,), "", program.span(node), layer), there.rank, gives)
    made = scaled(program, layer, made, is_before=False)
    return permuted(program, made, [0, *range(2, len(shape) + 1), 1], node)


def check_batch(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> None:
    """Raises NotRead for a window that is moved along every axis after the first, which then is none of a batch."""
    axes = layer.name.base[-2:-1]
    if axes not in ("1", "2", "3") or tensor.rank is None or program.shape_of(tensor) is None:
        return
    wanted = int(axes) + VECTOR
    if tensor.rank == wanted or (layer.name.base == "BatchNorm1d" and tensor.rank == VECTOR):
        return
    if tensor.rank != wanted - 1 or axes == "1" or layer.name.base.startswith("BatchNorm"):
        reason = f"{layer.name.base} reads a tensor of {wanted} axes, and this one has {tensor.rank}"
        raise NotRead(reason, program.span(node))
    reason = f"{layer.name.base} reads a tensor of {tensor.rank} axes here, one sample without a batch"
    shape = ", ".join(["1", "3", "224", "224"] if axes == "2" else ["1", "1", "16", "112", "112"])
    raise NotRead(reason, program.span(node), f"put a batch of 1 in front: x.unsqueeze(0), or torch.randn({shape})")


def scaled(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, is_before: bool) -> TensorValue:
    """What a layer reads or gives, times the factors that weight_norm made of its weights."""
    factor = layer.factor
    if factor is None or factor.is_before is not is_before:
        return tensor
    made = AppliedLayer(factor.pieces, (tensor,), "", layer.span, factor)
    return program.add(made, tensor.rank, tensor.depth)


def _linear(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, shape: Shape, node: ast.AST) -> Value:
    reads, gives = argument_of(layer, "in_features"), argument_of(layer, "out_features")
    if not isinstance(gives, int):
        return program.lose(node)
    _check_last(program, layer, reads, shape, node)
    bias = "" if argument_of(layer, "bias") is not False else ", bias=false"
    return last_as_channels(program, f"CONV({gives}, 1{bias})", layer, tensor, shape, gives, node)


def _norm(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, shape: Shape, node: ast.AST) -> Value:
    """A norm of the last axis; `Ellipsis` for one of more axes."""
    said = argument_of(layer, "normalized_shape")
    axes = said if isinstance(said, list | tuple) else (said,)
    affine = argument_of(layer, "elementwise_affine") is not False
    biases = argument_of(layer, "bias") is not False
    if len(axes) != 1 or (affine and not biases):
        sizes = [one for one in axes if isinstance(one, int)]
        if len(sizes) != len(axes) or shape[-len(sizes) :] != tuple(sizes):
            reason = f"{layer.name.base} reads axes of {said}, and these are {shape}"
            raise NotRead(reason, program.span(node))
        program.stand_in(node, "OPAQUE")
        count = prod(sizes) * affine * (1 + biases)
        made = AppliedLayer(((f"OPAQUE({shown(shape)}, params={count})", program.span(node)),), (tensor,), "",
                            program.span(node), layer)  # fmt: skip
        return program.add(made, tensor.rank, tensor.depth)
    _check_last(program, layer, axes[0], shape, node)
    text = "LN" if affine else "LN(affine=false)"
    return last_as_channels(program, text, layer, tensor, shape, shape[-1], node)


def _recurrent(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, shape: Shape, node: ast.AST) -> Value:
    """Steps along the first axis after the batch, each a row of values; what it gives, and its state."""
    if argument_of(layer, "batch_first") is not True:
        reason = f"{layer.name.base} without batch_first=True reads the batch as its second axis, and it is the first"
        raise NotRead(reason, program.span(node))
    return recurrent(program, layer, tensor, shape, node)


def recurrent(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, shape: Shape, node: ast.AST) -> Value:
    """Steps along the first axis after the batch, each a row of values; what it gives, and its state."""
    name = layer.name.base
    _check_last(program, layer, argument_of(layer, "input_size"), shape, node)
    width = argument_of(layer, "hidden_size")
    if not isinstance(width, int) or len(shape) != 2:
        return program.lose(node)
    gives = width * (2 if argument_of(layer, "bidirectional") is True else 1)
    pieces: tuple[Piece, ...] | Unknown = layer.pieces
    if argument_of(layer, "nonlinearity") not in (None, "tanh"):
        program.stand_in(node, "RNN with tanh")
        pieces = pieces_of(layer, {"nonlinearity": None}, program.places)
    if isinstance(pieces, Unknown):
        return pieces
    found = last_as_channels(program, pieces, layer, tensor, shape, gives, node)
    layers = argument_of(layer, "num_layers") or 1
    state: Value = program.unknown(node, f"the state of {name} is not followed here")
    if isinstance(found, TensorValue) and isinstance(layers, int) and not argument_of(layer, "proj_size"):
        state = Carried(found, width, layers * (gives // width))
    return found, (state, state) if name == "LSTM" else state


def started(program: AppliedLayers, found: Value, given: Value, node: ast.AST) -> Value:
    """What a recurrent layer gives that begins with a state: that of another layer is something it hangs on too."""
    states = [*given] if isinstance(given, list | tuple) else [given]
    unknown = next((one for one in states if isinstance(one, Unknown) and one in program.lost), None)
    tensors = [one.tensor if isinstance(one, Carried) else one for one in states]
    others = [*dict.fromkeys(one for one in tensors if isinstance(one, TensorValue))]
    if unknown or not others or not isinstance(found, tuple):
        return unknown or found
    if not isinstance(found[0], TensorValue):
        return program.lose(node)
    program.note(node, "begins with a state that is given: sizes and counts are the same, values are not")
    shape = program.shape_of(found[0]) or ()
    joined = program.joined(f"OPAQUE({shown(shape)})", [found[0], *others], node, len(shape) + 1, shape[0])
    states = [replace(one, tensor=joined) for one in found[1]] if isinstance(found[1], tuple) else []
    return joined, tuple(states) or (replace(found[1], tensor=joined) if isinstance(found[1], Carried) else found[1])


def method_of_state(program: AppliedLayers, state: Carried, name: str, given: Sequence[Value], node: ast.AST) -> Value:
    """`h.squeeze(0)`, `h.view(-1, 8)`: of one layer and one direction, its row."""
    if name in ("contiguous", "clone", "detach", "to", "float", "cuda"):
        return state
    batch = given[0] if given else None
    is_row = name in ("view", "reshape") and len(given) == 2 and given[1] == state.width
    if state.rows == 1 and ((name == "squeeze" and [*given] == [0]) or (is_row and (batch == -1 or is_batch(batch)))):
        return row_of(program, state, 0, node)
    return program.lose(node)


def row_of(program: AppliedLayers, state: Carried, row: Value, node: ast.AST) -> Value:
    """`h[-1]`: one row of a state."""
    if isinstance(row, tuple) and all(one == slice(None) for one in row[1:]):
        row = row[0]
    if type(row) is not int or not -state.rows <= row < state.rows:
        return program.lose(node)
    if state.is_row:
        return state.tensor
    return program.ours(f"OPAQUE(1x1x{state.width})", state.tensor, node, 2, state.width)


def _check_last(program: AppliedLayers, layer: LayerObject, reads: Value, shape: Shape, node: ast.AST) -> None:
    if isinstance(reads, int) and reads != shape[-1]:
        reason = f"{layer.name.base} reads {reads} values, and the last of these axes has {shape[-1]}"
        raise NotRead(reason, program.span(node), *_instead(layer, reads, shape))


def _instead(layer: LayerObject, reads: int, shape: Shape) -> tuple[str, ...]:
    """What to write before a layer that reads another number of values than the last axis has."""
    if reads == shape[0] and len(shape) in _LAST:
        return (f"write x = {_LAST[len(shape)]} before it, if the values of the channels are meant",)
    if reads == prod(shape) or layer.name.base == "Linear":
        return ("write x = torch.flatten(x, 1) before it, if all values are meant",)
    return ()


_LAST = {2: "x.transpose(1, 2)", 3: "x.permute(0, 2, 3, 1)", 4: "x.permute(0, 2, 3, 4, 1)"}
"""What makes the channels the last axis, by the number of axes after the batch."""


def _embedded(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, shape: Shape, node: ast.AST) -> Value:
    """A row of values for each word."""
    depth = argument_of(layer, "embedding_dim")
    if len(shape) != 1 or not isinstance(depth, int):
        return program.lose(node)
    words = program.ours(f"RESHAPE({shape[0]}x1)", tensor, node, SEQUENCE, 1)
    made = program.add(AppliedLayer(layer.pieces, (words,), "", program.span(node), layer), SEQUENCE, depth)
    return permuted(program, made, [0, 2, 1], node)


_OF_LAST: Mapping[str, Callable[[AppliedLayers, LayerObject, TensorValue, Shape, ast.AST], Value]] = {
    "FC": _linear, "LN": _norm, "LSTM": _recurrent, "GRU": _recurrent, "RNN": _recurrent, "EMBEDDING": _embedded,
}  # fmt: skip
"""Our layers that read the last axis in PyTorch."""


def of_last_axis(program: AppliedLayers, layer: LayerObject, tensor: TensorValue, node: ast.AST) -> Value:
    """What a layer of PyTorch gives that reads the last axis; `Ellipsis` for others.

    Raises NotRead where the sizes are not known, or that axis has another size.
    """
    form = form_of(layer.name)
    ours = form.ours if form else ""
    base = layer.name.base
    if ours == "ATTENTION":
        raise NotRead(f"in which order {base} reads its axes is not known", program.span(node))
    if ours not in _OF_LAST or ((tensor.rank or 2) <= 2 and ours != "EMBEDDING"):
        if ours in ("LSTM", "GRU", "RNN"):
            raise NotRead(f"in which order {base} reads its axes is not known", program.span(node))
        return ...
    shape = program.shape_of(tensor)
    if shape is None and ours == "LN":
        return ...
    if shape is None and ours == "EMBEDDING":
        example = "call the model at the end on as many as it reads, such as model(torch.zeros(1, 20).long()) for 20"
        raise NotRead(f"how many words {base} reads is not known", program.span(node), example)
    if shape is None:
        reason = f"{base} reads the last of {tensor.rank} axes, whose size is not known"
        raise NotRead(reason, program.span(node), "write x = torch.flatten(x, 1) before it, if all values are meant")
    return _OF_LAST[ours](program, layer, tensor, shape, node)
