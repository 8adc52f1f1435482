"""Holds the NumPy forward against onnxruntime: the same graph and weights, every layer's values and inferred shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.onnx_format.export import INSTALL, ExportOptions, MissingOnnx, build, seeded_weights
from shapecalc.reference import Run
from shapecalc.report import Report, Row
from shapecalc.verify import images_for

if TYPE_CHECKING:
    from shapecalc.onnx_format.export import Weights

RELATIVE = 1e-5
"""How far values may lie apart, as a part of the layer's largest."""
PER_TERM = 1e-6
"""As much again for the root of the number of terms in a sum: rounding errors add up like a random walk."""

Arrays = Mapping[int, np.ndarray]
"""By node: batch, spatial axes (width first), depth."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One layer here and there. Shapes are sizes without the batch, width first."""

    name: str
    text: str
    expected: tuple[int, ...]
    """What check says."""
    found: tuple[int, ...]
    """What onnxruntime gave."""
    inferred: tuple[int, ...] | None
    """What ONNX's shape inference says; None where it says nothing."""
    apart: float
    """The largest difference of a value."""
    largest: float
    """The largest value."""
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether both agree: in shape, and in every value within the tolerance."""
        shapes = self.found == self.expected and self.inferred in (None, self.expected)
        return shapes and self.apart <= self.tolerance

    def __str__(self) -> str:
        found = _sizes(self.found)
        if self.found != self.expected:
            return f"✗ {self.name}: onnxruntime gives {found}, shapecalc {_sizes(self.expected)}"
        if self.inferred not in (None, self.expected):
            return f"✗ {self.name}: ONNX infers {_sizes(self.inferred or ())}, shapecalc {found}"
        if not self.apart <= self.tolerance:
            return f"✗ {self.name}: {found}, values differ by {self.apart:.2g}, more than {self.tolerance:.2g}"
        return f"✓ {self.name}: {found}, values within {self.apart:.2g} of {self.largest:.3g}"


def _sizes(sizes: tuple[int, ...]) -> str:
    return "x".join(map(str, sizes))


def compare(
    report: Report,
    *,
    seed: int = 0,
    opset: int = 17,
    weights: Weights | None = None,
    inputs: Arrays | None = None,
) -> list[Compared]:
    """Runs a network in onnxruntime and every layer in NumPy, on the same weights and inputs, and compares the layers.

    A layer in NumPy is given what onnxruntime's layers before it gave: differences do not add up from layer to
    layer, and the layer that differs is the one that is wrong. Weights and inputs are random from the seed where
    they are not given. Raises MissingOnnx without the packages, Unwritable for layers that ONNX cannot express;
    every volume must be known.
    """
    weights = weights if weights is not None else seeded_weights(report, seed)
    inputs = inputs if inputs is not None else images_for(report, seed)
    found, inferred = run_onnx(report, weights, inputs, opset)
    known = {**inputs, **found}
    return [
        _compared(row, _ours(row, weights, known), found[row.node.index], inferred[row.node.index])
        for row in report.rows
        if row.node.inputs
    ]


def _ours(row: Row, weights: Weights, known: Arrays) -> np.ndarray:
    """What a layer gives in NumPy."""
    node = row.node
    assert node.layer is not None
    return node.layer.forward(Run(), weights.get(node.index, {}), *(known[source] for source in node.inputs))


def run_onnx(
    report: Report, weights: Weights, inputs: Arrays, opset: int = 17
) -> tuple[dict[int, np.ndarray], dict[int, tuple[int, ...] | None]]:
    """What onnxruntime gives for every layer, turned into our order of axes, and the sizes that ONNX infers.

    Raises MissingOnnx without the packages, Unwritable for layers that ONNX cannot express.
    """
    try:
        import onnxruntime
    except ImportError:
        raise MissingOnnx(f"comparing with onnxruntime needs packages that are not installed: {INSTALL}") from None
    model = build(report, ExportOptions(opset=opset, every_layer=True), weights)
    session_options = onnxruntime.SessionOptions()
    session_options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), session_options, providers=["CPUExecutionProvider"]
    )
    feeds = {report.rows[i].node.name: _turned(a) for i, a in inputs.items()}
    names = [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(None, feeds), strict=True))
    sizes = inferred_sizes(model)
    rows = [row for row in report.rows if row.node.inputs]
    ranks = {row.node.name: len(row.output.spatial) for row in rows if row.output}
    return (
        {row.node.index: _with_axes(_turned(found[row.node.name]), ranks[row.node.name]) for row in rows},
        {row.node.index: _padded_sizes(sizes.get(row.node.name), ranks[row.node.name]) for row in rows},
    )


def inferred_sizes(model: Any) -> dict[str, tuple[int, ...] | None]:
    """Sizes behind the batch, width first, that ONNX's shape inference finds with nothing but the inputs to go by."""
    import onnx

    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    for output in bare.graph.output:
        output.type.tensor_type.ClearField("shape")
    # A model with its weights may be too large to be copied by the inference; it needs their shapes only.
    graph = onnx.shape_inference.infer_shapes(bare, strict_mode=True).graph
    found: dict[str, tuple[int, ...] | None] = {}
    for value in graph.output:
        dims = value.type.tensor_type.shape.dim[1:]
        known = all(d.HasField("dim_value") for d in dims) and len(dims) > 0
        found[value.name] = tuple(d.dim_value for d in reversed(dims)) if known else None
    return found


def _compared(row: Row, mine: np.ndarray, other: np.ndarray, inferred: tuple[int, ...] | None) -> Compared:
    assert row.output is not None
    same = mine.shape == other.shape
    largest = float(np.abs(mine).max(initial=0.0))
    return Compared(
        row.node.name,
        row.node.text,
        row.output.sizes,
        other.shape[1:],
        inferred,
        float(np.abs(mine - other).max(initial=0.0)) if same else float("inf"),
        largest,
        tolerance(row, largest),
    )


def tolerance(row: Row, largest: float) -> float:
    """How far the values of a layer may lie apart."""
    terms = max((prod(w.shape[:-1]) for w in row.weight_arrays if w.role == "kernel"), default=1)
    return max(largest, 1e-6) * (RELATIVE + PER_TERM * sqrt(terms))


def _turned(array: np.ndarray) -> np.ndarray:
    """The axes behind the batch in reverse order, in memory too."""
    return np.ascontiguousarray(array.transpose(0, *range(array.ndim - 1, 0, -1)))


def _with_axes(array: np.ndarray, rank: int) -> np.ndarray:
    """Rows of values with the spatial axes that they have here, each of 1."""
    return array.reshape(array.shape[0], *(1,) * rank, -1) if array.ndim == 2 else array


def _padded_sizes(sizes: tuple[int, ...] | None, rank: int) -> tuple[int, ...] | None:
    return (*(1,) * rank, *sizes) if sizes is not None and len(sizes) == 1 else sizes
