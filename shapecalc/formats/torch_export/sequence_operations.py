"""LSTM, GRU, RNN and rows of a table: operations of aten that hold all layers of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.lowering.flow import Flowing, Weights
from shapecalc.lowering.lazy_steps import Lazy, Made
from shapecalc.lowering.pending import Held
from shapecalc.lowering.sequence_views import axes_of_steps, last_states, memory, rows_of_table
from shapecalc.lowering.views import TensorView, whole

if TYPE_CHECKING:
    from shapecalc.formats.torch_export.application import Application

GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}
"""Kernels of each."""
KINDS = {"lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "rnn_relu": "RNN"}
SEQUENCE, STATES, MEMORY = range(3)


def recurrent(lazy: Lazy, use: Application) -> Made | None:
    """As many layers of ours as the module has, whose sizes are those of its weights; sequences of one length."""
    in_front, layers = bool(use.operation.value("batch_first")), use.operation.whole("num_layers", 1)
    ways, names = 1 + bool(use.operation.value("bidirectional")), use.operation.tensors_of("params")
    states = [use.values.get(name) for name in use.operation.tensors_of("hx")]
    learned = any(isinstance(state, Weights) and state.arrays for state in states)  # no layer of ours has such a one
    if learned or not 0 < layers <= len(names) // (2 * ways):
        return None
    shapes = [use.values[name].shape for name in names if isinstance(use.values.get(name), Weights)]
    each = len(names) // (layers * ways)
    if len(shapes) < len(names) or len(names) % (layers * ways) or any(len(shape) not in (1, 2) for shape in shapes):
        return None
    wide, units = shapes[0][0], shapes[0][0] // GATES[use.operation.name]
    carried, asked = shapes[1][-1], [name in use.asked for name in use.operation.outputs]
    only_states = asked[STATES] and not asked[SEQUENCE] and not any(asked[MEMORY:])
    nodes: list[int] = []
    held = lazy.sequence(in_front=in_front)
    if held is None:
        return None
    node, alone = held.node, only_states and layers == 1
    for layer in range(layers):
        own = names[layer * ways * each : (layer + 1) * ways * each]
        arrays = tuple(array for name in own for array in use.values[name].arrays)
        node = use.of_weights(arrays).add(
            KINDS[use.operation.name], [node], units=units, biases=2 if use.operation.value("has_biases", True) else 0,
            bidirectional=True if ways > 1 else None, last=True if alone else None,
            **({"projection": carried} if carried != wide // GATES[use.operation.name] else {}),
        )  # fmt: skip
        nodes.append(node)
    volume = use.assembler.volumes[node]
    if volume is None:
        return [Flowing(node, shape, True) for shape in use.shapes]
    images = held.view.batch
    steps, batch, values = axes_of_steps(images, volume.positions, volume.depth)
    front = (batch, steps, values) if in_front else (steps, batch, values)
    found = {SEQUENCE: lambda: Held(node, TensorView(whole(volume.sizes), front)),
             STATES: lambda: last_states(use, nodes, carried, ways, images, last=alone),
             MEMORY: lambda: memory(use, node, units, ways * layers, images)}  # fmt: skip
    return [
        lazy.giving(found[place](), place) if asked[place] else Flowing(node, shape, True)
        for place, shape in enumerate(use.shapes)
    ]


def embedding(lazy: Lazy, use: Application) -> Made | None:
    """Rows of a table, one for each index."""
    weight, names = use.shape_of("weight"), use.operation.tensors()
    held = lazy.held(names.index(use.operation.tensor("indices") or names[-1]))
    if len(weight) != 2 or held is None:
        return None
    found = rows_of_table(use, held, *weight)
    return None if found is None else [lazy.giving(found)]
