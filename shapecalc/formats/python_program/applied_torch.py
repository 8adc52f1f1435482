"""What layers of PyTorch give for the tensors that they are applied to."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from shapecalc.formats.python_program import tensor_methods
from shapecalc.formats.python_program.applied_layers import IMAGE, SEQUENCE, AppliedLayers
from shapecalc.formats.python_program.framework_layers import (
    OF_EACH_VALUE,
    argument_of,
    depth_after,
    form_of,
    rank_after,
)
from shapecalc.formats.python_program.own_weights import table
from shapecalc.formats.python_program.program_values import (
    AppliedLayer,
    ExampleArray,
    LayerObject,
    TensorValue,
    Unknown,
    Value,
)
from shapecalc.formats.python_program.torch_attention import whole
from shapecalc.formats.python_program.torch_axes import check_softmax
from shapecalc.formats.python_program.torch_layers import (
    check_batch,
    last_as_channels,
    of_last_axis,
    recurrent,
    scaled,
    started,
)
from shapecalc.formats.python_program.torch_views import BATCH, ImageRows, SplitAxes, back_again, in_front

DROPPED = 0.5
"""Of the values, where a Dropout does not say how many."""
SLIDING = frozenset({"CONV", "DWCONV", "UPCONV", "POOL", "AVGPOOL", "UPSAMPLE", "RESIZE", "PAD", "PIXELSHUFFLE"})
"""Our layers that refuse a row of values."""


def apply_torch(
    program: AppliedLayers, layer: LayerObject, arguments: list[Value], named: Mapping[str, Value], node: ast.AST
) -> Value:
    """What a layer gives for a tensor. Raises NotRead where it reads more than is known."""
    first = arguments[0] if arguments else None
    form = form_of(layer.name)
    if form and form.ours == "EMBEDDING" and isinstance(first, ExampleArray) and first.is_range:
        return table(program, layer, first, node)
    if isinstance(first, ExampleArray):
        first = program.input_of(first)
    if (found := whole(program, layer, [first, *arguments[1:]], named, node)) is not ...:
        return found
    if isinstance(first, SplitAxes | ImageRows):
        return _apart(program, layer, first, arguments[1:], node)
    if isinstance(first, Unknown):
        program.lost.append(first)
        return first
    starts = arguments[1:2] or [named[key] for key in ("hx",) if key in named]
    if form is not None and form.ours in ("LSTM", "GRU", "RNN") and starts:
        return started(program, apply_torch(program, layer, arguments[:1], {}, node), starts[0], node)
    if len(arguments) != 1 or not isinstance(first, TensorValue) or set(named) - {"training", "inplace"}:
        return program.lose_layer(layer, first, node)
    if form and form.framework == "PyTorch" and (found := of_last_axis(program, layer, first, node)) is not ...:
        return found
    if form and form.ours == "SOFTMAX":
        check_softmax(program, first, argument_of(layer, "dim"), node, layer.node)
    if form and form.ours == "FLATTEN" and argument_of(layer, "start_dim") not in (None, 1):
        ends = {name: argument_of(layer, name) for name in ("start_dim", "end_dim")}
        ends = {name: value for name, value in ends.items() if value is not None}
        return tensor_methods.METHODS["flatten"](program, first, [], ends, layer.node)
    if form and form.ours in ("BN", *SLIDING) and form.ours != "PAD":
        check_batch(program, layer, first, node)
    if form and form.ours in SLIDING:
        first = program.as_image(first, node)
    first = scaled(program, layer, first, is_before=True)
    pieces = layer.pieces
    if form and form.ours == "DO" and layer.name.base[-2:] == "2d" and first.rank not in (None, IMAGE):
        program.stand_in(node, "DO")  # PyTorch warns of it
        rate = argument_of(layer, "p")
        pieces = ((f"DO({DROPPED if rate is None else rate})", program.span(node)),)
    made = AppliedLayer(pieces, (first,), "", program.span(node), layer)
    given = program.add(made, rank_after(layer, first.rank), depth_after(layer, first.depth))
    given = scaled(program, layer, given, is_before=False)
    if argument_of(layer, "return_indices") is not True:
        return given
    return given, program.unknown(node, "where the largest values were is not followed here")


def _apart(
    program: AppliedLayers, layer: LayerObject, first: SplitAxes | ImageRows, more: list[Value], node: ast.AST
) -> Value:
    """What a layer gives of a tensor with axes as no diagram has them: where it changes the last alone, or none."""
    form = form_of(layer.name)
    ours = form.ours if form else ""
    tensor = first.tensor if isinstance(first, ImageRows) else in_front(program, first, node)
    shape = program.shape_of(tensor) if tensor else None
    steps = isinstance(first, SplitAxes) and first.order.index(BATCH) == 1 and len(first.order) == SEQUENCE
    found: Value = None
    if tensor is None or shape is None:
        return program.lose(node)
    if ours in ("FC", "LN") or ours in OF_EACH_VALUE:
        found = apply_torch(program, layer, [tensor], {}, node)
    elif ours == "BN" and isinstance(first, ImageRows):
        found = last_as_channels(program, layer.pieces, layer, tensor, shape, shape[-1], node)
    elif ours in ("LSTM", "GRU", "RNN") and steps and argument_of(layer, "batch_first") is not True:
        found = recurrent(program, layer, tensor, shape, node)
        found = started(program, found, more[0], node) if more else found
    if isinstance(first, ImageRows):
        return ImageRows(found) if isinstance(found, TensorValue) else program.lose(node)
    return back_again(program, first, found) or program.lose(node)


def of_rows(
    program: AppliedLayers,
    rows: ImageRows,
    name: str,
    given: list[Value],
    named: Mapping[str, Value],
    node: ast.Call,
) -> Value:
    """What a method of rows gives: `view` takes them apart again."""
    sizes = [*given[0]] if len(given) == 1 and isinstance(given[0], list | tuple) else given
    if name in tensor_methods.SAME:
        return rows
    if name in ("view", "reshape") and len(sizes) > 2:
        return tensor_methods.METHODS["view"](program, rows.tensor, given, named, node)
    if name in ("relu", "sigmoid", "tanh", *tensor_methods.ELEMENTWISE):
        found = tensor_methods.tensor_method(program, rows.tensor, name, given, named, node)
        return ImageRows(found) if isinstance(found, TensorValue) else found
    return program.lose(node)
