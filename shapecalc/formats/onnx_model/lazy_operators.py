"""The operators of ONNX that only move values, and those of attention: they become layers when something reads them."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from shapecalc.formats.onnx_model.node_use import HIDES, NodeUse
from shapecalc.formats.onnx_model.recurrent_operators import embedding, recurrent
from shapecalc.layers.recurrent import GATES
from shapecalc.lowering.flow import Weights
from shapecalc.lowering.lazy_steps import Lazy, Made

Step = Callable[[Lazy, NodeUse], "Made | None"]


def _transposed(lazy: Lazy, use: NodeUse) -> Made | None:
    return lazy.reordered(list(use.attribute("perm") or reversed(range(len(use.shapes[0])))))


def _gathered(lazy: Lazy, use: NodeUse) -> Made | None:
    """One place of an axis, or rows of a table."""
    if isinstance(use.values.get(use.input(0)), Weights):
        return embedding(lazy, use)
    if use.counts_up():
        return lazy.regrouped()
    index, known = use.constant(1), use.values.get(use.input(1))
    shape = use.values[use.input(0)].shape
    if not shape or index is None or len(index) != 1 or not isinstance(known, Weights) or len(known.shape) > 1:
        return None
    axis = int(use.attribute("axis", 0)) % len(shape)
    at = int(index[0])
    at += shape[axis] if at < 0 else 0
    return lazy.taken(axis, [(at, at + 1)], drop=known.shape == ())


def _sliced(lazy: Lazy, use: NodeUse) -> Made | None:
    """Places of one axis that follow each other."""
    starts, ends = use.known(use.setting("starts", 1)), use.known(use.setting("ends", 2))
    axes, steps = use.setting("axes", 3) or [0], use.constant(4) or [1]
    use.needs(len(starts) == len(ends) == len(axes) == 1 and steps == [1])
    return lazy.cut(int(axes[0]), int(starts[0]), int(ends[0]))


def _times(lazy: Lazy, use: NodeUse) -> Made | None:
    """A number may scale what attention multiplies."""
    made = lazy.through()
    if made is not None:
        return made
    for place in (0, 1):
        number = (use.constant(1 - place) or [None])[0]
        one = isinstance(use.values.get(use.input(1 - place)), Weights) and len(use.constant(1 - place) or ()) == 1
        if number is None or not one or not isfinite(number) or not number:
            continue
        if use.kind == "Mul" or place == 0:
            return lazy.scaled(number if use.kind == "Mul" else 1 / number, place)
    return None


def _masked(lazy: Lazy, use: NodeUse) -> Made | None:
    """Where, with products among what it chooses from: a number far below zero hides the others."""
    other = 2 if lazy.values.scores(use.input(1)) is not None else 1
    (number, *_) = use.constant(other) or [0]
    return lazy.added(causal=number <= HIDES and use.hides_later(0, when=other == 1))


def _added(lazy: Lazy, use: NodeUse) -> Made | None:
    return lazy.added(causal=any(use.hides_later(place) for place in (0, 1))) or lazy.through()


def _normalised(lazy: Lazy, use: NodeUse) -> Made | None:
    return lazy.through() if use.attribute("axis", -1) in (-1, len(use.shapes[0]) - 1) else None


def _averaged(lazy: Lazy, use: NodeUse) -> Made | None:
    axes, mode = use.setting("axes", 1), "max" if use.kind == "ReduceMax" else None
    return lazy.averaged([int(n) for n in axes], mode, keep=bool(use.attribute("keepdims", 1))) if axes else None


SINGLE = (
    "Relu", "Sigmoid", "Tanh", "HardSwish", "Swish", "HardSigmoid", "Selu", "Gelu", "Mish", "Softplus", "Elu",
    "LeakyRelu", "Clip", "Erf", "Exp", "Log", "Sqrt", "Neg", "Abs", "Reciprocal", "Add", "Sub", "Gemm", "Pow",
    "Cast", "QuantizeLinear", "DequantizeLinear",
)  # fmt: skip
"""Operators on single values, and products along the last axis."""
EITHER = ("Add", "Mul", "Sub", "Div", "Gather", "Where")
"""Operators whose first input may be a constant."""
STEPS: dict[str, Step] = {
    **dict.fromkeys(("Reshape", "Squeeze", "Unsqueeze", "Flatten"), lambda lazy, use: lazy.regrouped()),
    **dict.fromkeys(("Identity", "Dropout"), lambda lazy, use: lazy.passed()),
    **dict.fromkeys(SINGLE, lambda lazy, use: lazy.through()),
    **dict.fromkeys(GATES, recurrent),
    "Add": _added, "Where": _masked,
    "Einsum": lambda lazy, use: lazy.contracted(use.equation), "Transpose": _transposed,
    "Gather": _gathered, "Slice": _sliced, "Split": lambda lazy, use: lazy.split(int(use.attribute("axis", 0))),
    "Concat": lambda lazy, use: lazy.joined(int(use.attribute("axis", 1))),
    "MatMul": lambda lazy, use: lazy.product(), "Mul": _times, "Div": _times,
    "Softmax": lambda lazy, use: lazy.softmax(int(use.attribute("axis", -1 if use.opset > 12 else 1))),
    "LayerNormalization": _normalised, "ReduceMean": _averaged, "ReduceMax": _averaged,
}  # fmt: skip
"""How each operator is left for later; None there means that it is read at once."""


def step_of(use: NodeUse) -> Step | None:
    """How a node is left for later; None for one that is not."""
    shapes = zip(use.node.output, use.shapes, strict=True)
    known = all((shape and 0 not in shape) or not use.readers.get(name) for name, shape in shapes)
    first = isinstance(use.values.get(use.input(0)), Weights) and use.kind not in EITHER
    return STEPS.get(use.kind) if known and use.input(0) and not first else None
