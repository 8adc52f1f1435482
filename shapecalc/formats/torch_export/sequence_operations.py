"""Operations of aten that compute nothing, or work on sequences: what they give is pending until a layer reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod

from shapecalc.core.record import NamedTuple
from shapecalc.formats.torch_export.arguments import INFINITE, LARGEST_NUMBER, Application, Operation
from shapecalc.formats.torch_export.operations import ACTIVATIONS, batch_norm
from shapecalc.layers.recurrent import GATES
from shapecalc.lowering.flow import Flowing, TensorView, Weights, whole
from shapecalc.lowering.lazy_steps import Lazy, Made
from shapecalc.lowering.pending import Held, Scores, axes_of_steps, last_states, memory, rows_of_table
from shapecalc.lowering.program_inputs import ALONG, FIRST, LAST, SEQUENCE_RANK, STEPS

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


# --- what is left for later -----------------------------------------------------------------------

Step = Callable[[Lazy, "Application"], "Made | None"]


def _picked(lazy: Lazy, use: Application) -> Made | None:
    """One place of an axis, or every place as a tensor of its own."""
    held = lazy.held()
    axis, places = use.operation.whole("dim", 0) % len(held.view.groups), range(len(use.shapes))
    if use.operation.name == "select":
        at = use.operation.whole("index", 0)
        at += prod(part.size for part in held.view.groups[axis]) if at < 0 else 0
        places = range(at, at + 1)
    return lazy.taken(axis, [(at, at + 1) for at in places], drop=True)


def _sliced(lazy: Lazy, use: Application) -> Made | None:
    use.needs(use.operation.whole("step", 1) == 1 and use.shapes[0] != use.values[use.tensors[0]].shape)
    ends = use.operation.whole("start", 0), use.operation.whole("end", LARGEST_NUMBER)
    return lazy.cut(use.operation.whole("dim", 0), *ends)


def _attended(lazy: Lazy, use: Application) -> Made | None:
    """A scale that is not given is one over the root of a head's depth."""
    query, key, value = (lazy.held(place) for place in range(3))
    masks = tuple(use.constants)
    use.needs(len(use.tensors) == 3 + len(masks) and not use.operation.value("enable_gqa"))
    use.needs({query.scale, key.scale, value.scale} == {1})
    scale = use.operation.value("scale")
    number = float(scale) if isinstance(scale, int | float) else None
    scores = Scores(query, key, added=masks, causal=use.operation.value("is_causal") is True)
    return lazy.attended(scores, value, number)


def _expanded(lazy: Lazy, use: Application) -> Made | None:
    """A tensor that is as large already is what it was, and so is what only products with as large ones read."""
    value, (wanted, *_) = use.values[use.tensors[0]], use.shapes
    if value.shape == wanted:
        return lazy.passed() or [value]
    readers = use.readers.get(use.operation.outputs[0], ())
    others = [use.values[name] for reader in readers for name in reader.tensors() if name in use.values]
    fits = all(reader.name in ("mul", "div") and len(reader.tensors()) == 2 for reader in readers)
    fits = fits and 0 < len(readers) == len(others) and len(value.shape) == len(wanted)
    if not fits or any(isinstance(other, Weights) or other.shape != wanted for other in others):
        return None
    lazy.values.resolve(use.tensors[:1])
    return [lazy.values[use.tensors[0]]]


def _normalised(lazy: Lazy, use: Application) -> Made | None:
    """Rows of which each is a position: their columns are the channels."""
    return replace(lazy, apply=batch_norm).through() if len(use.shapes[0]) == 2 else None  # type: ignore[arg-type]


def _times(lazy: Lazy, use: Application) -> Made | None:
    """A number may scale what attention multiplies."""
    made, number = lazy.through(), use.operation.value("other")
    if made is not None or not isinstance(number, int | float) or not 0 < abs(number) <= LARGEST_NUMBER:
        return made
    return lazy.scaled(number if use.operation.name == "mul" else 1 / number)


def _hidden(lazy: Lazy, use: Application) -> Made | None:
    """Which products hide everything: decomposed attention asks for it, and nothing that is counted hangs on it."""
    scores = lazy.values.scores(use.tensors[0])
    return [Weights((), use.shapes[0])] if scores is not None and use.operation.value("other") in INFINITE else None


def _chosen(lazy: Lazy, use: Application) -> Made | None:
    """Constants in the place of some products, or of weights that come of them."""
    found = [scores for name in use.tensors if (scores := lazy.values.scores(name)) is not None]
    spread = len(found) == 1 and found[0].spread and len(use.constants) == len(use.tensors) - 1
    return [lazy.giving(found[0])] if spread else lazy.added()


def _dropped(lazy: Lazy, use: Application) -> Made | None:
    """Dropout of products is left out, as all of it is when a network is used."""
    return lazy.passed() if lazy.values.scores(use.tensors[0]) is not None else lazy.through()


def _averaged(lazy: Lazy, use: Application) -> Made | None:
    mode = "max" if use.operation.name == "amax" else None
    return lazy.averaged(use.operation.wholes("dim"), mode, keep=bool(use.operation.value("keepdim")))


THROUGH = (
    *ACTIVATIONS, "hardtanh", "linear", "layer_norm", "rms_norm", "sub", "abs", "neg", "exp", "log", "sqrt", "rsqrt",
    "pow",
)  # fmt: skip
"""Operations on single values, and what works along the last axis."""
LAZY_STEPS: dict[str, Step] = {
    **dict.fromkeys(
        ("view", "reshape", "reshape_as", "flatten", "unflatten", "unsqueeze", "squeeze"),
        lambda lazy, use: lazy.regrouped(),
    ), "batch_norm": _normalised,
    **dict.fromkeys(("contiguous", "clone", "alias", "detach", "to", "_to_copy"), lambda lazy, use: lazy.passed()),
    **dict.fromkeys(THROUGH, lambda lazy, use: lazy.through()),
    **dict.fromkeys(("permute", "transpose", "swapaxes", "swapdims", "t"), lambda lazy, use: lazy.reordered(use.order)),
    **dict.fromkeys(
        ("chunk", "split", "split_with_sizes"), lambda lazy, use: lazy.split(use.operation.whole("dim", 0))
    ),
    "einsum": lambda lazy, use: lazy.contracted(str(use.operation.value("equation", ""))), "expand": _expanded,
    **dict.fromkeys(("masked_fill", "where"), _chosen), "add": lambda lazy, use: lazy.added() or lazy.through(),
    **dict.fromkeys(("matmul", "bmm", "mm", "addmm"), lambda lazy, use: lazy.product()),
    "softmax": lambda lazy, use: lazy.softmax(use.operation.whole("dim", -1)),
    **dict.fromkeys(KINDS, recurrent), "embedding": embedding, "dropout": _dropped,
    **dict.fromkeys(("mul", "div"), _times), **dict.fromkeys(("mean", "amax"), _averaged), "eq": _hidden,
    **dict.fromkeys(("select", "unbind"), _picked), "slice": _sliced, "scaled_dot_product_attention": _attended,
}  # fmt: skip
"""How each operation is left for later; None there means that it is read at once."""


def step_of(use: Application) -> Step | None:
    """How an operation is left for later; None for one that is not."""
    read = zip(use.operation.outputs, use.shapes, strict=True)
    known = use.stated and all((shape and 0 not in shape) or name not in use.asked for name, shape in read)
    weights = bool(use.tensors) and isinstance(use.values.get(use.tensors[0]), Weights)
    weights = weights and use.operation.name not in ("embedding", "where")
    fits = known and not weights and any(use.shapes[:1]) and use.tensors
    return LAZY_STEPS.get(use.operation.name) if fits else None
