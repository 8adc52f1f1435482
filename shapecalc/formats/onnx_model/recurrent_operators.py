"""LSTM, GRU, RNN and rows of a table: layers of sequences, whose axes ONNX has in an order of its own."""

from __future__ import annotations

from typing import Any

from shapecalc.core.parameters import Sizes, Word
from shapecalc.formats.onnx_model.node_use import NodeUse
from shapecalc.lowering.flow import Flowing, Weights
from shapecalc.lowering.lazy_steps import Lazy, Made
from shapecalc.lowering.pending import Held
from shapecalc.lowering.views import BATCH, AxisPart, Cut, Group, TensorView, joined, whole
from shapecalc.passes.stored import Arrange, StoredArray

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
"""Kernels of each; their gates are in the order of our arrays."""
USUAL = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}
"""Functions that each has where none are named. Source: the operators of ONNX 1.23."""
SEQUENCE, STATES, MEMORY = range(3)
"""Outputs: what all steps give, what the last ones give, and the memory of an LSTM."""


def recurrent(lazy: Lazy, use: NodeUse) -> Made | None:
    """One of ours where it runs from the front or both ways, with the usual functions; else nothing."""
    held, kernel, states = lazy.held(), use.weight(1), use.weight(2)
    if held is None or not held.is_loose or len(held.view.cuts) != 2 or len(kernel) != 3 or len(states) != 3:
        return None
    ways, wide, _ = kernel
    units = wide // GATES[use.kind]
    asked = [bool(name and use.readers.get(name)) for name in (*use.node.output, "", "")[:3]]
    if not _is_usual(use, ways) or asked[MEMORY]:
        return None
    node = _layer(lazy.cut_out(held), use, units, ways, last=not asked[SEQUENCE])
    _hold(use, node, ways)
    volume = use.assembler.volumes[node]
    if volume is None:
        return [Flowing(node, shape, False) for shape in use.shapes]
    batch, values = joined([AxisPart(BATCH, 1, held.view.batch)]), joined([AxisPart(1, 1, units)])
    sides, steps = joined([AxisPart(1, units, ways)]), joined([AxisPart(0, 1, volume.positions)])
    in_front = bool(use.attribute("layout", 0))
    made: Made = []
    for place in range(len(use.node.output)):
        groups: tuple[Group, ...]
        if not asked[place]:
            made.append(Flowing(node, use.shapes[place], False))
            continue
        if place == SEQUENCE:
            groups = (batch, steps, sides, values) if in_front else (steps, sides, batch, values)
            found = Held(node, TensorView(whole(volume.sizes), groups))
        else:
            groups = (batch, sides, values) if in_front else (sides, batch, values)
            found = _last_states(use, node, units, ways, groups, last=not asked[SEQUENCE])
        made.append(lazy.giving(found, place))
    return made


def _is_usual(use: NodeUse, ways: int) -> bool:
    named = use.attribute("activations")
    functions = [name.decode() if isinstance(name, bytes) else str(name) for name in named or USUAL[use.kind] * ways]
    given = ("clip", "activation_alpha", "activation_beta", "input_forget")
    direction = {1: "forward", 2: "bidirectional"}.get(ways)
    return (
        functions == USUAL[use.kind] * ways
        and not any(use.attribute(name) for name in given)
        and use.attribute("direction", "forward") == direction
        and not use.input(4)
        and not use.input(7)
    )


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
    if any(_may_be_given(use, place) for place in (5, 6)):
        use.assembler.differs(node, "its first state is given")
    elif before and not biases:
        use.assembler.differs(node, "it resets the state before it is multiplied")
    return node


def _may_be_given(use: NodeUse, place: int) -> bool:
    """Whether a first state is there that is not known to be zero."""
    known = use.constant(place)
    return bool(use.input(place)) and (known is None or any(known))


def _last_states(use: NodeUse, node: int, units: int, ways: int, groups: Any, *, last: bool) -> Held:
    """What the last step of each direction gives."""
    volume = use.assembler.volumes[node]
    length = volume.positions if volume is not None else 1
    if last or ways == 1:
        return Held(node, TensorView((Cut(length - 1, length), Cut(0, units * ways)), groups))
    ends = []
    for way, step in enumerate((length - 1, 0)):
        side = use.assembler.add("SLICE", (node,), use.outputs[0][0], "", start=way * units, stop=way * units + units)
        ends.append(use.assembler.add(
            "SLICE", (side,), use.outputs[0][0], "", start=step, stop=step + 1, axis=Word("length")
        ))  # fmt: skip
    both = use.assembler.add("CONCAT", ends, use.outputs[0][0], "")
    return Held(both, TensorView(whole((1, units * ways)), groups))


def _hold(use: NodeUse, node: int, ways: int) -> None:
    """Kernels of both directions lie in one array, and so do the biases of both kinds."""
    layer = use.assembler.nodes[node]
    if layer.shares is not None or layer.layer is None:
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
    """Rows of a table, one for each index; indices in a row are a sequence of one value a position."""
    table, held = use.weight(0), lazy.held(1)
    if len(table) != 2 or held is None or held.scale != 1 or use.attribute("axis", 0) or len(use.weights) != 1:
        return None
    node, view = held.node, held.view
    groups = view.groups
    if view.sizes[:-1] == (1, 1) and len(groups) == 2:
        length = view.sizes[-1]
        node = use.assembler.add("RESHAPE", (node,), use.outputs[0][0], "", size=Sizes((length, 1)))
        use.assembler.stored.channels_first[node] = False
        groups = (groups[0], joined([AxisPart(0, 1, length)]))
    elif view.sizes[-1] != 1:
        return None
    made = use.add("EMBEDDING", [node], rows=table[0], units=table[1])
    volume = use.assembler.volumes[made]
    if volume is None:
        return [Flowing(made, use.shapes[0], True)]
    name = use.same.get(use.input(0), use.input(0))
    if name in use.initial and use.assembler.nodes[made].shares is None:
        use.assembler.stored.hold(made, {"table": StoredArray((name,), lambda array: array)})
    depth = len(volume.sizes) - 1
    groups = (*groups, joined([AxisPart(depth, 1, volume.depth)]))
    return [lazy.giving(Held(made, TensorView(whole(volume.sizes), groups)))]
