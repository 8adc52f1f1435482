"""Keras' recurrent layers in programs: their states, cells, and both directions of a sequence."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from shapecalc.core.record import replace
from shapecalc.formats.python_program.applied_layers import SEQUENCE, VECTOR, AppliedLayers
from shapecalc.formats.python_program.framework_layers import argument_of, layer_call, pieces_of
from shapecalc.formats.python_program.keras_joins import joined
from shapecalc.formats.python_program.program_values import (
    AppliedLayer,
    External,
    LayerObject,
    TensorValue,
    Unknown,
    Value,
)

STATES = {"LSTM": 2, "GRU": 1, "SimpleRNN": 1}
"""Recurrent layers, and how many states each carries along."""
CELLS = {"LSTMCell": "LSTM", "GRUCell": "GRU", "SimpleRNNCell": "SimpleRNN"}
"""The layers that `RNN` makes of cells."""
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
    found: Value = _run(program, layer, layer, tensor, node)
    states = [named[key] for key in ("initial_state",) if named.get(key) is not None]
    starts = [*states[0]] if states and isinstance(states[0], list | tuple) else states
    if not isinstance(found, TensorValue):
        return found
    if starts:
        found = _from_states(program, layer, found, starts, node)
    if isinstance(found, TensorValue) and argument_of(layer, "return_state") is True:
        return [found, *_states(program, layer, found, node)]
    return found


def _run(
    program: AppliedLayers, layer: LayerObject, owner: LayerObject, tensor: TensorValue, node: ast.AST
) -> TensorValue | Unknown:
    """The layer on a sequence; what only its values hang on is noted."""
    other = {key: None for key, values in USUAL.items() if argument_of(layer, key) not in values}
    for key in other:
        if key != "return_state":
            program.note(node, f"is read without {key}: sizes and counts are the same, values are not")
    pieces = pieces_of(layer, other, program.places) if other else layer.pieces
    if isinstance(pieces, Unknown):
        return pieces
    units = argument_of(layer, "units")
    rank = SEQUENCE if argument_of(layer, "return_sequences") is True else VECTOR
    made = program.add(
        AppliedLayer(pieces, (tensor,), "", program.span(node), layer), rank, units if isinstance(units, int) else None
    )
    if owner is not layer:
        program.part_of[made.node] = owner
    return made


def _states(program: AppliedLayers, layer: LayerObject, found: TensorValue, node: ast.AST) -> list[TensorValue]:
    """The states after the last step: the first is what the layer gives there."""
    states = [program.ours(f"OPAQUE(1x1x{found.depth})", found, node, VECTOR, found.depth)] * STATES[layer.name.base]
    return states if found.rank == SEQUENCE else [found, *states[1:]]


def _from_states(
    program: AppliedLayers, layer: LayerObject, found: TensorValue, starts: Sequence[Value], node: ast.AST
) -> Value:
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
    """`Bidirectional(LSTM(8), merge_mode='sum')`: two layers, one of which reads from the end, and their join."""
    inner = layer.arguments.get("layer", layer.arguments.get("0"))
    mode = layer.arguments.get("merge_mode", layer.arguments.get("1", "concat"))
    if not isinstance(inner, LayerObject) or inner.name.base not in STATES or layer.arguments.get("backward_layer"):
        return program.lose(node)
    usual = not named and all(argument_of(inner, key) in values for key, values in USUAL.items())
    if mode == "concat" and usual:
        return None
    if mode is not None and mode not in MERGED:
        return program.lose(node, f"merge_mode of {program.places.shown(node)} is not known")
    if layer not in program.made_of:
        program.made_of[layer] = (inner, replace(inner))
    ways = [_run(program, one, layer, tensor, node) for one in program.made_of[layer]]
    found = [one for one in ways if isinstance(one, TensorValue)]
    if len(found) < len(ways):
        return next(one for one in ways if isinstance(one, Unknown))
    result: Value = tuple(found) if mode is None else joined(program, MERGED[str(mode)], found, -1, node)
    if isinstance(result, TensorValue) and (given := named.get("initial_state")) is not None:
        result = _from_states(program, inner, result, given if isinstance(given, list | tuple) else [given], node)
    if argument_of(inner, "return_state") is not True:
        return result
    states = [state for one in found for state in _states(program, inner, one, node)]
    return [*(result if isinstance(result, tuple) else (result,)), *states]


def of_cells(
    program: AppliedLayers, layer: LayerObject, tensor: TensorValue, named: Mapping[str, Value], node: ast.AST
) -> Value:
    """`RNN(LSTMCell(8))`: the layers of its cells, one after the other."""
    cells = layer.arguments.get("cell", layer.arguments.get("0"))
    if isinstance(cells, LayerObject) and cells.name.base == "StackedRNNCells":
        cells = cells.arguments.get("cells", cells.arguments.get("0"))
    cells = [*cells] if isinstance(cells, list | tuple) else [cells]
    more = {key: value for key, value in layer.arguments.items() if key not in ("0", "cell", "name")}
    made = list[LayerObject]()
    for place, cell in enumerate(cells):
        if not isinstance(cell, LayerObject) or cell.name.base not in CELLS:
            return program.lose(node, f"what the cells of {program.places.shown(node)} do is not known")
        name = External(f"keras.layers.{CELLS[cell.name.base]}", f"layers.{CELLS[cell.name.base]}")
        plain = [value for key, value in cell.arguments.items() if key.isdigit()]
        own = {key: value for key, value in cell.arguments.items() if not key.isdigit() and key != "name"}
        last = more if place == len(cells) - 1 else {"return_sequences": True}
        one = layer_call(name, cell.node, plain, {**own, **last}, program.places)
        if isinstance(one, Unknown):
            return one
        made.append(one)
    made = [*program.made_of.setdefault(layer, tuple(made))]
    value: Value = tensor
    for one in made:
        if not isinstance(value, TensorValue):
            return value
        value = recurrent(program, one, value, named if one is made[-1] else {}, node)
    return value
