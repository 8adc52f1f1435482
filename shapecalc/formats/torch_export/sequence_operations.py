"""LSTM, GRU, RNN and rows of a table, operations of aten on sequences, and how what operations read lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from shapecalc.core.record import NamedTuple
from shapecalc.formats.torch_export.arguments import Operation
from shapecalc.layers.recurrent import GATES
from shapecalc.lowering.flow import Flowing, TensorView, Weights, whole
from shapecalc.lowering.lazy_steps import Lazy, Made
from shapecalc.lowering.pending import Held
from shapecalc.lowering.program_inputs import ALONG, FIRST, LAST, SEQUENCE_RANK, STEPS
from shapecalc.lowering.sequence_views import axes_of_steps, last_states, memory, rows_of_table

if TYPE_CHECKING:
    from shapecalc.formats.torch_export.arguments import Application


KINDS = {"lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "rnn_relu": "RNN"}
SEQUENCE, STATES, MEMORY = range(3)


class Stack(NamedTuple):
    """The layers of a module, one after the other."""

    kind: str
    layers: int
    ways: int
    names: list[str]
    """Of their arrays, layer by layer."""
    units: int
    carried: int
    """Values of the state in one direction."""


def _stack(use: Application) -> Stack:
    """By the sizes of the weights. Raises Unread for a first state that is learned, which no layer of ours has."""
    layers, ways = use.operation.whole("num_layers", 1), 1 + bool(use.operation.value("bidirectional"))
    names, states = use.operation.tensors_of("params"), map(use.values.get, use.operation.tensors_of("hx"))
    use.needs(not any(isinstance(state, Weights) and state.arrays for state in states))
    use.needs(0 < layers <= len(names) // (2 * ways) and not len(names) % (layers * ways))
    shapes = [use.values[name].shape for name in names if isinstance(use.values.get(name), Weights)]
    use.needs(len(shapes) == len(names) and all(len(shape) in (1, 2) for shape in shapes))
    kind = KINDS[use.operation.name]
    return Stack(kind, layers, ways, names, shapes[0][0] // GATES[kind], shapes[1][-1])


def _layers(use: Application, stack: Stack, source: int, *, last: bool) -> list[int]:
    """The nodes of a stack, each on the one before it."""
    nodes, each = [source], len(stack.names) // stack.layers
    biases = 2 if use.operation.value("has_biases", True) else 0
    for start in range(0, len(stack.names), each):
        arrays = tuple(array for name in stack.names[start : start + each] for array in use.values[name].arrays)
        node = replace(use, weights=arrays).add(
            stack.kind, [nodes[-1]], units=stack.units, biases=biases, bidirectional=stack.ways > 1 or None,
            last=last or None, projection=stack.carried if stack.carried != stack.units else None,
        )  # fmt: skip
        nodes.append(node)
    return nodes[1:]


def recurrent(lazy: Lazy, use: Application) -> Made | None:
    """As many layers of ours as the module has; sequences of one length."""
    in_front, stack = bool(use.operation.value("batch_first")), _stack(use)
    held = lazy.sequence(in_front=in_front)
    asked = [name in use.asked for name in use.operation.outputs]
    alone = asked[STATES] and not asked[SEQUENCE] and not any(asked[MEMORY:]) and stack.layers == 1
    nodes = _layers(use, stack, held.node, last=alone)
    if not all(isinstance(use.values.get(name), Weights) for name in use.operation.tensors_of("hx")):
        use.assembler.begins_with_state(nodes[0])
    node, volume = nodes[-1], use.assembler.volumes[nodes[-1]]
    if volume is None:
        return [Flowing(node, shape, True) for shape in use.shapes]
    images = held.view.batch
    steps, batch, values = axes_of_steps(images, volume.positions, volume.depth)
    front = (batch, steps, values) if in_front else (steps, batch, values)
    found = {SEQUENCE: lambda: Held(node, TensorView(whole(volume.sizes), front)),
             STATES: lambda: last_states(use, nodes, stack.carried, stack.ways, images, last=alone),
             MEMORY: lambda: memory(use, node, stack.units, stack.ways * stack.layers, images)}  # fmt: skip
    return [
        lazy.giving(found[place](), place) if asked[place] else Flowing(node, shape, True)
        for place, shape in enumerate(use.shapes)
    ]


def embedding(lazy: Lazy, use: Application) -> Made | None:
    """Rows of a table, one for each index."""
    weight, names = use.shape_of("weight"), use.operation.tensors()
    held = lazy.held(names.index(use.operation.tensor("indices") or names[-1]))
    use.needs(len(weight) == 2)
    return [lazy.giving(rows_of_table(use, held, *weight))]


# --- how what an operation reads lies -------------------------------------------------------------

ALONG_LAST = ("linear", "layer_norm", "rms_norm", "matmul")
"""Operations that work along the last axis."""
SINGLE = ("dropout", "relu", "gelu", "pow", "add", "mul", "sub", "div", "alias", "contiguous", "clone", "to")
CHANNELS_FIRST = (
    "conv", "max_pool", "avg_pool", "adaptive_", "batch_norm", "instance_norm", "group_norm", "upsample", "prelu",
)  # fmt: skip
"""How operations begin whose channels follow the batch."""


def verdict(reader: Operation, name: str, shape: Sequence[int]) -> str | Sequence[str]:
    """Of an operation that reads a tensor of a shape by a name."""
    rank = len(shape)
    if reader.name in SINGLE:
        return reader.outputs
    if reader.name in KINDS and rank >= SEQUENCE_RANK:
        steps = reader.tensor("input") == name and not reader.value("batch_first") and rank == SEQUENCE_RANK
        return STEPS if steps else LAST
    if reader.name in ALONG_LAST and rank >= SEQUENCE_RANK:
        return ALONG if not reader.name.endswith("norm") or len(reader.wholes("normalized_shape")) == 1 else FIRST
    if reader.name == "view" and reader.wholes("size") == (prod(shape[:-1]), shape[-1]) and rank == SEQUENCE_RANK:
        return ALONG  # for a product along the last axis
    turned = False
    if reader.name == "mean" and reader.value("keepdim"):
        turned = [n % rank for n in reader.wholes("dim")] == [rank - 1]
    elif reader.name == "permute":
        order = [1, 0, 2] if rank == SEQUENCE_RANK else [0, rank - 1, *range(1, rank - 1)]
        turned = [n % rank for n in reader.wholes("dims")] == order
    elif reader.name == "transpose" and rank == SEQUENCE_RANK:
        turned = {reader.whole(key, 0) % rank for key in ("dim0", "dim1")} == {0, 1}
    return LAST if turned else FIRST if reader.name.startswith(CHANNELS_FIRST) else ""
