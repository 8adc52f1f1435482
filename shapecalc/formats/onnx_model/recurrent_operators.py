"""LSTM, GRU, RNN and rows of a table: layers of sequences, whose axes ONNX has in an order of its own."""

from __future__ import annotations

from shapecalc.formats.onnx_model.node_use import NodeUse
from shapecalc.layers.recurrent import GATES
from shapecalc.lowering.flow import AxisPart, Flowing, TensorView, Weights, joined, whole
from shapecalc.lowering.lazy_steps import Lazy, Made
from shapecalc.lowering.pending import Held, axes_of_steps, last_states, memory, rows_of_table
from shapecalc.passes.graph import Arrange, StoredArray, as_it_is

USUAL = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}
"""Functions that each has where none are named. Source: the operators of ONNX 1.23."""
FIRST_STATE = 5
"""The input from which on there are first states."""
SEQUENCE, STATES, MEMORY = range(3)
"""Outputs: what all steps give, what the last ones give, and the memory of an LSTM."""


def recurrent(lazy: Lazy, use: NodeUse) -> Made | None:
    """One of ours; where its functions, its direction or its first state are others, only its values differ.

    Its gates are in the order of our arrays.
    """
    kernel, states, in_front = use.weight(1), use.weight(2), bool(use.attribute("layout", 0))
    use.needs(len(kernel) == len(states) == 3)
    ways, wide, _ = kernel
    units = wide // GATES[use.kind]
    asked = [_is_read(use, name) for name in (*use.node.output, "", "")[:3]]
    other = use.input(7) or use.attribute("input_forget", 0) or any(_is_learned(use, place) for place in (5, 6))
    use.needs(not other)
    held = lazy.sequence(in_front=in_front)
    alone = asked[STATES] and not asked[SEQUENCE] and not asked[MEMORY]
    node = _layer(held, use, units, ways, last=alone)
    _hold(use, node, ways)
    volume = use.assembler.volumes[node]
    if volume is None:
        return [Flowing(node, shape, False) for shape in use.shapes]
    images = held.view.batch
    steps, batch, values = axes_of_steps(images, volume.positions, units)
    made: Made = []
    for place in range(len(use.node.output)):
        if not asked[place]:
            made.append(Flowing(node, use.shapes[place], False))
            continue
        if place == SEQUENCE:
            sides = joined([AxisPart(1, units, ways)])
            groups = (batch, steps, sides, values) if in_front else (steps, sides, batch, values)
            found = Held(node, TensorView(whole(volume.sizes), groups))
        else:
            found = (
                memory(use, node, units, ways, images)
                if place == MEMORY
                else last_states(use, [node], units, ways, images, last=alone, first=_from_the_end(use))
            )
            turned = found.view.reordered((1, 0, 2)) if in_front else found.view
            assert turned is not None
            found = found._replace(view=turned)
        made.append(lazy.giving(found, place))
    return made


def _is_read(use: NodeUse, name: str) -> bool:
    """Whether anything reads a tensor for more than its first state, of which no layer is made."""
    readers = use.readers.get(name, ()) if name else ()
    return any(node is None or node.op_type not in GATES or name in node.input[:FIRST_STATE] for node in readers)


def _from_the_end(use: NodeUse) -> bool:
    return str(use.attribute("direction", "forward")) == "reverse"


def _other_values(use: NodeUse, ways: int) -> str:
    """Why it gives other values than the layer of ours; empty where it does not."""
    named = use.attribute("activations")
    functions = [name.decode() if isinstance(name, bytes) else str(name) for name in named or USUAL[use.kind] * ways]
    if functions != USUAL[use.kind] * ways:
        return f"its functions are {', '.join(functions)}"
    other = next((name for name in ("clip", "activation_alpha", "activation_beta") if use.attribute(name)), "")
    if other:
        return f"it has a {other}"
    if _from_the_end(use):
        return "it runs from the end"
    if use.input(4) and set(use.constant(4) or [0]) != {_steps(use)}:
        return "sequences may end early"
    return "its first state is given" if any(_may_be_given(use, place) for place in (5, 6)) else ""


def _steps(use: NodeUse) -> int:
    shape = use.values[use.input(0)].shape
    return int(shape[1 if use.attribute("layout", 0) else 0]) if len(shape) > 1 else 0


def _layer(held: Held, use: NodeUse, units: int, ways: int, *, last: bool) -> int:
    biases = int(bool(use.input(3))) * 2
    before = use.kind == "GRU" and not use.attribute("linear_before_reset", 0)
    if before:
        biases //= 2
    read = [use.values.get(use.input(place)) for place in range(1, 4)]
    arrays = [array for value in read if isinstance(value, Weights) for array in value.arrays]
    owner = use.owners.get(arrays[0][0]) if arrays else None
    node = use.assembler.add(
        use.kind, (held.node,), *use.outputs[0], owner, units=units, biases=biases,
        bidirectional=True if ways == 2 else None, last=True if last else None,
    )  # fmt: skip
    for name, _, _ in arrays:
        use.owners.setdefault(name, node)
    if any(use.input(place) and not isinstance(use.values.get(use.input(place)), Weights) for place in (5, 6)):
        use.assembler.begins_with_state(node)
    why = _other_values(use, ways)
    if why or (before and not biases):
        use.assembler.differs(node, why or "it resets the state before it is multiplied")
    return node


def _may_be_given(use: NodeUse, place: int) -> bool:
    """Whether a first state is there that is not known to be zero."""
    known = use.constant(place)
    return bool(use.input(place)) and not use.is_filled(place, 0) and (known is None or any(known))


def _is_learned(use: NodeUse, place: int) -> bool:
    """Whether a first state is a weight that is not zero, which no layer of ours has."""
    return isinstance(use.values.get(use.input(place)), Weights) and any(use.constant(place) or ())


def _hold(use: NodeUse, node: int, ways: int) -> None:
    """Kernels of both directions lie in one array, and so do the biases of both kinds."""
    layer = use.assembler.nodes[node]
    if layer.shares is not None or not layer.layer.understood:
        return
    owned = use.arrays_of(node) or {}
    found = {}
    for way, end in zip(range(ways), ("", "_back"), strict=False):
        places = {f"kernel{end}": (1, _turned(way)), f"state{end}": (2, _turned(way))}
        added = f"state_bias{end}" not in owned
        places[f"bias{end}"] = (3, _sum_of_halves(way) if added and use.kind == "GRU" else _half(way, 0))
        places[f"state_bias{end}"] = (3, _half(way, 1))
        for role, (place, arrange) in places.items():
            name = use.same.get(use.input(place), use.input(place))
            if role in owned and name in use.initial:
                found[role] = StoredArray((name,), arrange)
    use.assembler.stored.hold(node, found)


def _turned(way: int) -> Arrange:
    return lambda array: array[way].T


def _half(way: int, number: int) -> Arrange:
    return lambda array: array[way].reshape(2, -1)[number]


def _sum_of_halves(way: int) -> Arrange:
    return lambda array: array[way].reshape(2, -1).sum(axis=0)


def embedding(lazy: Lazy, use: NodeUse) -> Made | None:
    """Rows of a table, one for each index."""
    table = use.weight(0)
    use.needs(len(table) == 2 and not use.attribute("axis", 0))
    found = rows_of_table(use, lazy.held(1), *table)
    name = use.same.get(use.input(0), use.input(0))
    if name in use.initial and use.assembler.nodes[found.node].shares is None:
        use.assembler.stored.hold(found.node, {"table": StoredArray((name,), as_it_is)})
    return [lazy.giving(found)]
