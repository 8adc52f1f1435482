"""Keras' recurrent layers in programs: their states, cells, and both directions of a sequence."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from shapecalc.core.record import replace
from shapecalc.formats.python_program.applied_layers import SEQUENCE, VECTOR, AppliedLayers
from shapecalc.formats.python_program.framework_layers import argument_of, pieces_of
from shapecalc.formats.python_program.keras_joins import joined
from shapecalc.formats.python_program.keras_lowering import config_of, lower
from shapecalc.formats.python_program.program_values import AppliedLayer, LayerObject, TensorValue, Unknown, Value
from shapecalc.lowering.keras.layer_table import reader_of

STATES = {"LSTM": 2, "GRU": 1, "SimpleRNN": 1}
"""Recurrent layers, and how many states each carries along."""
USUAL: Mapping[str, tuple[Value, ...]] = {
    "activation": (None, "tanh"), "recurrent_activation": (None, "sigmoid", "hard_sigmoid"),
    "go_backwards": (None, False), "return_state": (None, False),
}  # fmt: skip
"""Arguments on which no size and no count hangs, and the values that ours have."""
MERGED = {"sum": "Add", "ave": "Average", "mul": "Multiply", "concat": "Concatenate"}
"""How Keras joins what a layer gives in both directions."""


def recurrent(
    program: AppliedLayers, layer: LayerObject, tensor: TensorValue, named: Mapping[str, Value], node: ast.AST
) -> Value:
    """What an LSTM, a GRU or a SimpleRNN gives; with its states where it returns them."""
    other = _unusual(program, layer, node)
    pieces = pieces_of(layer, other, program.places) if other else layer.pieces
    if isinstance(pieces, Unknown):
        return pieces
    units, rank = argument_of(layer, "units"), SEQUENCE if argument_of(layer, "return_sequences") is True else VECTOR
    made = AppliedLayer(pieces, (tensor,), "", program.span(node), layer)
    found = program.add(made, rank, units if isinstance(units, int) else None)
    return _with_states(program, layer, found, named, argument_of(layer, "return_state") is True, node)


def _unusual(program: AppliedLayers, layer: LayerObject, node: ast.AST) -> dict[str, None]:
    """The arguments that our layer is without; what only its values hang on is noted."""
    other = {key: None for key, values in USUAL.items() if argument_of(layer, key) not in values}
    for key in other.keys() - {"return_state"}:
        program.note(node, f"is read without {key}: sizes and counts are the same, values are not")
    return other


def _with_states(
    program: AppliedLayers, layer: LayerObject, found: Value, named: Mapping[str, Value], returns: bool, node: ast.AST
) -> Value:
    """What a layer gives that may begin with states of others, and may give its own."""
    given = named.get("initial_state")
    starts = [*given] if isinstance(given, list | tuple) else [] if given is None else [given]
    if isinstance(found, TensorValue) and starts:
        found = _from_states(program, found, starts, node)
    return [found, *_states(program, layer, found, node)] if isinstance(found, TensorValue) and returns else found


def _states(program: AppliedLayers, layer: LayerObject, found: TensorValue, node: ast.AST) -> list[TensorValue]:
    """The states after the last step: the first is what the layer gives there."""
    count = STATES[layer.name.base.removesuffix("Cell")]
    states = [program.ours(f"OPAQUE(1x1x{found.depth})", found, node, VECTOR, found.depth)] * count
    return states if found.rank == SEQUENCE else [found, *states[1:]]


def _from_states(program: AppliedLayers, found: TensorValue, starts: Sequence[Value], node: ast.AST) -> Value:
    """What a layer gives that begins with states of another: the same sizes, and it hangs on both."""
    tensors = [one for one in starts if isinstance(one, TensorValue)]
    unknown = next((one for one in starts if isinstance(one, Unknown)), None)
    shape = program.shape_of(found)
    if unknown or len(tensors) != len(starts) or shape is None:
        return unknown or program.lose(node)
    size = "x".join(map(str, shape if len(shape) > 1 else (1, 1, *shape)))
    program.note(node, "begins with states that are given: sizes and counts are the same, values are not")
    return program.joined(f"OPAQUE({size})", [found, *tensors], node, rank=found.rank, depth=found.depth)


def both_directions(
    program: AppliedLayers, layer: LayerObject, tensor: TensorValue, named: Mapping[str, Value], node: ast.AST
) -> Value:
    """`Bidirectional(LSTM(8), merge_mode='sum')`: one layer, and the join of its halves; None for the usual."""
    values = config_of(layer)
    inner, mode = values.get("layer"), values.get("merge_mode", "concat")
    known = mode is None or (isinstance(mode, str) and mode in MERGED)
    if not isinstance(inner, LayerObject) or not known:
        return program.lose(node, "" if known else f"merge_mode of {program.places.shown(node)} is not known")
    other, apart = _unusual(program, inner, node), argument_of(inner, "return_state") is True
    if isinstance(back := values.get("backward_layer"), LayerObject):
        arguments = {key: value for key, value in back.arguments.items() if key != "go_backwards"}
        _unusual(program, replace(back, arguments=arguments), node)
    if mode == "concat" and not (named or other or values.get("backward_layer")):
        return None
    halves = {"merge_mode": None} if apart else {}
    made = lower(program, reader_of("Bidirectional"), "Bidirectional", values | halves, [tensor], node, layer)
    if not isinstance(made, TensorValue | list):
        return made or program.lose(node)
    result: Value = made
    if isinstance(made, list):
        result = tuple(made) if mode is None else joined(program, MERGED[str(mode)], made, -1, node)
    result = _with_states(program, inner, result, named, False, node)
    if not apart or not isinstance(made, list):
        return result
    states = [state for one in made for state in _states(program, inner, one, node)]
    return [*(result if isinstance(result, tuple) else (result,)), *states]


def of_cells(
    program: AppliedLayers, layer: LayerObject, tensor: TensorValue, named: Mapping[str, Value], node: ast.AST
) -> Value:
    """`RNN(LSTMCell(8))`: the layers of its cells, one after the other."""
    values = config_of(layer)
    cell, returns = values.get("cell"), values.get("return_state") is True
    found = lower(program, reader_of("RNN"), "RNN", values, [tensor], node, layer)
    if found is None or ((returns or named) and not isinstance(cell, LayerObject)):
        return program.lose(node, f"what the cells of {program.places.shown(node)} do is not known")
    return _with_states(program, cell, found, named, returns, node) if isinstance(cell, LayerObject) else found
