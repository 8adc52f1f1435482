"""Holds the NumPy forward against onnxruntime, on the same weights: each layer's values and shapes, and outputs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite, prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.onnx_format.export import ExportOptions, build, require, seeded_weights
from shapecalc.onnx_format.whole import ComparedOutput, compare_outputs
from shapecalc.reference import Run
from shapecalc.report import Report, Row
from shapecalc.verify import images_for

if TYPE_CHECKING:
    from shapecalc.onnx_format.export import Weights

RELATIVE = 1e-5
"""How far values may lie apart, as a part of the layer's largest."""
PER_TERM = 1e-6
"""As much again for the root of the number of terms in a sum: rounding errors add up like a random walk."""

LONGEST = 240
"""Characters of what onnxruntime says that are passed on: it may quote its own source."""

Arrays = Mapping[int, np.ndarray]
"""By node: batch, spatial axes (width first), depth."""


class OnnxruntimeFailed(RuntimeError):
    """onnxruntime does not take or run a model; the message names the layer and repeats what onnxruntime says."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One layer here and there. Shapes are sizes without the batch, width first."""

    index: int
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

    def as_object(self) -> dict[str, Any]:
        """The same for programs. A difference that is no number, as of other shapes, is null."""
        inferred = None if self.inferred is None else _sizes(self.inferred)
        values = {
            "largest_difference": self.apart if isfinite(self.apart) else None,
            "largest": self.largest if isfinite(self.largest) else None,
            "tolerance": self.tolerance if isfinite(self.tolerance) else None,
            "ok": self.apart <= self.tolerance,
        }
        return {
            "index": self.index, "name": self.name, "ok": self.ok,
            "output": _held(_sizes(self.expected), _sizes(self.found)),
            "shape_inference": _held(_sizes(self.expected), inferred),
            "values": values,
        }  # fmt: skip

    def __str__(self) -> str:
        found = _sizes(self.found)
        if self.found != self.expected:
            return f"✗ {self.name}: onnxruntime gives {found}, shapecalc {_sizes(self.expected)}"
        if self.inferred not in (None, self.expected):
            return f"✗ {self.name}: ONNX infers {_sizes(self.inferred or ())}, shapecalc {found}"
        if not self.apart <= self.tolerance:
            return f"✗ {self.name}: {found}, values differ by {self.apart:.2g}, more than {self.tolerance:.2g}"
        return f"✓ {self.name}: {found}, values within {self.apart:.2g} of {self.largest:.3g}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of a comparison: the layers one by one, and the outputs of the network run as a whole."""

    layers: tuple[Compared, ...] = ()
    outputs: tuple[ComparedOutput, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return all(layer.ok for layer in self.layers) and all(output.ok for output in self.outputs)


def _held(said: str, found: str | None) -> dict[str, Any]:
    return {"said": said, "found": found, "ok": found in (None, said)}


def _sizes(sizes: tuple[int, ...]) -> str:
    return "x".join(map(str, sizes))


def compare(
    report: Report,
    *,
    seed: int = 0,
    opset: int = 17,
    weights: Weights | None = None,
    inputs: Arrays | None = None,
) -> Comparison:
    """Runs a network in onnxruntime and in NumPy, on the same weights and inputs, and compares layers and outputs.

    A layer in NumPy is given what onnxruntime's layers before it gave: differences do not add up from layer to
    layer, and the layer that differs is the one that is wrong. The network is run as a whole besides, as verify runs
    it, and its outputs are compared (`compare_outputs`). Weights and inputs are random from the seed where they are
    not given. Raises MissingOnnx without the packages, Unwritable for layers that ONNX cannot express,
    OnnxruntimeFailed for one that onnxruntime does not run; every volume must be known.
    """
    if report.graph is None or not any(row.node.inputs for row in report.rows):
        return Comparison()
    weights = weights if weights is not None else seeded_weights(report, seed)
    inputs = inputs if inputs is not None else images_for(report, seed)
    found, inferred = run_onnx(report, weights, inputs, opset)
    known = {**inputs, **found}
    layers = tuple(
        _compared(
            row, _ours(row, weights, known), found[row.node.index], inferred[row.node.index], _reaching(row, known)
        )
        for row in report.rows
        if row.node.inputs
    )
    sound = all(layer.ok for layer in layers)
    return Comparison(layers, compare_outputs(report.graph, weights, inputs, found, sound=sound))


def extra_bytes(report: Report) -> int:
    """About what a comparison takes beside the run in NumPy: every volume twice, and copies of the weights."""
    volumes = sum(row.output.size for row in report.rows if row.output)
    weights = sum(array.size for row in report.rows for array in row.weight_arrays)
    return 4 * (2 * report.conventions.batch * volumes + 4 * weights)


def _reaching(row: Row, known: Arrays) -> float:
    return max(float(np.abs(known[source]).max(initial=0.0)) for source in row.node.inputs)


def _ours(row: Row, weights: Weights, known: Arrays) -> np.ndarray:
    """What a layer gives in NumPy, without a way to spoil what it is given."""
    node = row.node
    assert node.layer is not None
    return node.layer.forward(Run(), weights.get(node.index, {}), *(known[source].copy() for source in node.inputs))


def run_onnx(
    report: Report, weights: Weights, inputs: Arrays, opset: int = 17
) -> tuple[dict[int, np.ndarray], dict[int, tuple[int, ...] | None]]:
    """What onnxruntime gives for every layer, turned into our order of axes, and the sizes that ONNX infers.

    Raises MissingOnnx without the packages, Unwritable for layers that ONNX cannot express, OnnxruntimeFailed for one
    that onnxruntime does not run.
    """
    require("onnxruntime")
    model = build(report, ExportOptions(opset=opset, every_layer=True), weights)
    try:
        found = _session(model, report, inputs)
    except OnnxruntimeFailed as problem:
        row, why = _first_failing(report, weights, inputs, opset, problem)
        raise OnnxruntimeFailed(f"onnxruntime cannot run {row.node.name}, {row.node.text}: {why}") from None
    sizes = inferred_sizes(build(report, ExportOptions(weights=False, opset=opset, every_layer=True)))
    rows = [row for row in report.rows if row.node.inputs]
    ranks = {row.node.name: len(row.output.spatial) for row in rows if row.output}
    return (
        {row.node.index: _with_axes(_turned(found[row.node.name]), ranks[row.node.name]) for row in rows},
        {row.node.index: _padded_sizes(sizes.get(row.node.name), ranks[row.node.name]) for row in rows},
    )


def _session(model: Any, report: Report, inputs: Arrays) -> dict[str, np.ndarray]:
    """All outputs of a model by name. Raises OnnxruntimeFailed with what onnxruntime says."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    given = {value.name for value in model.graph.input}
    feeds = {report.rows[i].node.name: _turned(a) for i, a in inputs.items() if report.rows[i].node.name in given}
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(None, feeds), strict=True))
    except MemoryError:
        raise
    except Exception as problem:  # onnxruntime's errors have no class in common
        raise OnnxruntimeFailed(_said(problem)) from None


def _first_failing(
    report: Report, weights: Weights, inputs: Arrays, opset: int, problem: Exception
) -> tuple[Row, Exception]:
    """The layer up to which onnxruntime does not run a network that it does not run, and what it says then."""
    sound, failing = 0, len(report.rows)
    while failing - sound > 1:
        middle = (sound + failing) // 2
        first = replace(report, rows=report.rows[:middle])
        try:
            if any(row.node.inputs for row in first.rows):
                _session(build(first, ExportOptions(opset=opset, every_layer=True), weights), report, inputs)
            sound = middle
        except OnnxruntimeFailed as found:
            failing, problem = middle, found
    return report.rows[failing - 1], problem


def _said(problem: Exception) -> str:
    """What onnxruntime says, in one line and without the places in its source."""
    text = re.sub(r"\[ONNXRuntimeError\] : \d+ : \w+ : ", "", str(problem))
    text = " ".join(re.sub(r"/onnxruntime_src/\S+(?: .*\[with [^\]]*\])?", "", text).split())
    return text if len(text) <= LONGEST else f"… {text[-LONGEST:].partition(' ')[2]}"


def inferred_sizes(model: Any) -> dict[str, tuple[int, ...] | None]:
    """Sizes behind the batch, width first, that ONNX's shape inference finds with nothing but the inputs to go by.

    Of a model that takes its weights as inputs: their shapes are enough, and the inference copies what it is given.
    """
    import onnx

    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    for output in bare.graph.output:
        output.type.tensor_type.ClearField("shape")
    graph = onnx.shape_inference.infer_shapes(bare, strict_mode=True).graph
    found: dict[str, tuple[int, ...] | None] = {}
    for value in graph.output:
        dims = value.type.tensor_type.shape.dim[1:]
        known = all(d.HasField("dim_value") for d in dims) and len(dims) > 0
        found[value.name] = tuple(d.dim_value for d in reversed(dims)) if known else None
    return found


def _compared(
    row: Row, mine: np.ndarray, other: np.ndarray, inferred: tuple[int, ...] | None, reaching: float
) -> Compared:
    assert row.output is not None
    same = mine.shape == other.shape
    largest = float(np.abs(mine).max(initial=0.0))
    return Compared(
        row.node.index,
        row.node.name,
        row.node.text,
        row.output.sizes,
        other.shape[1:],
        inferred,
        float(np.abs(mine - other).max(initial=0.0)) if same else float("inf"),
        largest,
        tolerance(row, largest, reaching),
    )


def tolerance(row: Row, largest: float, reaching: float) -> float:
    """How far the values of a layer may lie apart, given the largest that it gives and the largest that reaches it.

    A normalisation divides what is left of its input by as little as the root of its eps, and rounding errors too.
    """
    eps = getattr(row.node.layer, "eps", 0.0)
    divided = PER_TERM / 10 * reaching / sqrt(eps) if eps > 0 else 0.0
    terms = max((prod(w.shape[:-1]) for w in row.weight_arrays if w.role == "kernel"), default=1)
    return max(largest, 1e-6) * (RELATIVE + PER_TERM * sqrt(terms)) + divided


def _turned(array: np.ndarray) -> np.ndarray:
    """The axes behind the batch in reverse order, in memory too."""
    return np.ascontiguousarray(array.transpose(0, *range(array.ndim - 1, 0, -1)))


def _with_axes(array: np.ndarray, rank: int) -> np.ndarray:
    """Rows of values with the spatial axes that they have here, each of 1."""
    return array.reshape(array.shape[0], *(1,) * rank, -1) if array.ndim == 2 else array


def _padded_sizes(sizes: tuple[int, ...] | None, rank: int) -> tuple[int, ...] | None:
    return (*(1,) * rank, *sizes) if sizes is not None and len(sizes) == 1 else sizes
