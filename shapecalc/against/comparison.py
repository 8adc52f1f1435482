"""Compares the NumPy forward with onnxruntime, on the same weights: each layer's values and shapes, and outputs."""

from __future__ import annotations

from math import prod, sqrt
from typing import Any

import numpy as np

from shapecalc.against.outputs import ComparedOutput, Weights, apart, compare_outputs, compared_values, largest_of
from shapecalc.against.session import NodeArrays, run_onnx
from shapecalc.core.phrases import size_text
from shapecalc.core.record import Record
from shapecalc.numerics.toolkit import Run
from shapecalc.passes.report import Report, Row
from shapecalc.verification.verify import images_for
from shapecalc.writers.onnx.export import seeded_weights

RELATIVE = 1e-5
"""How far values may lie apart, as a part of the layer's largest."""
PER_TERM = 1e-6
"""A tenth of that more for the root of the number of terms in a sum: rounding errors add up like a random walk."""


class ComparedLayer(Record):
    """One layer here and there. Shapes are sizes without the batch, width first."""

    index: int
    name: str
    expected: tuple[int, ...]
    """What check says."""
    actual: tuple[int, ...]
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
        shapes = self.actual == self.expected and self.inferred in (None, self.expected)
        return shapes and self.apart <= self.tolerance

    def as_object(self) -> dict[str, Any]:
        """The same for programs. A difference that is no number, as of other shapes, is null."""
        inferred = None if self.inferred is None else size_text(self.inferred)
        return {
            "index": self.index, "name": self.name, "ok": self.ok,
            "output": _compared_text(size_text(self.expected), size_text(self.actual)),
            "shape_inference": _compared_text(size_text(self.expected), inferred),
            "values": compared_values(self.apart, self.largest, self.tolerance),
        }  # fmt: skip

    @property
    def sentence(self) -> str:
        """The same for people; where both agree, also what ONNX's shape inference says."""
        actual = size_text(self.actual)
        if self.actual != self.expected:
            return f"{self.name}: onnxruntime gives {actual}, shapecalc {size_text(self.expected)}"
        if self.inferred not in (None, self.expected):
            return f"{self.name}: ONNX infers {size_text(self.inferred or ())}, shapecalc {actual}"
        if not self.apart <= self.tolerance:
            return f"{self.name}: {actual}, values differ by {self.apart:.2g}, more than {self.tolerance:.2g}"
        shape = "no shape" if self.inferred is None else "the same shape"
        within = f"within {self.apart:.2g} of {self.largest:.3g} ({self.tolerance:.2g} allowed)"
        return f"{self.name}: {actual}, values {within}, ONNX infers {shape}"


class Comparison(Record):
    """What became of a comparison: the layers one by one, and the outputs of the network run as a whole."""

    layers: tuple[ComparedLayer, ...] = ()
    outputs: tuple[ComparedOutput, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return all(layer.ok for layer in self.layers) and all(output.ok for output in self.outputs)


def _compared_text(expected: str, actual: str | None) -> dict[str, Any]:
    return {"said": expected, "found": actual, "ok": actual in (None, expected)}


def compare(
    report: Report,
    *,
    seed: int = 0,
    opset: int = 17,
    weights: Weights | None = None,
    inputs: NodeArrays | None = None,
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
    rows = [(row, found[row.node.index], inferred[row.node.index]) for row in report.rows if row.node.inputs]
    layers = tuple(_compared(*one, weights, known) for one in rows)
    sound = all(layer.ok for layer in layers)
    return Comparison(layers, compare_outputs(report.graph, weights, inputs, found, sound=sound))


def extra_bytes(report: Report) -> int:
    """About the bytes that a comparison takes beside the run in NumPy: volumes twice, and copies of the weights."""
    volumes = sum(row.output.size for row in report.rows if row.output)
    weights = sum(array.size for row in report.rows for array in row.weight_arrays)
    return 4 * (2 * report.conventions.batch * volumes + 5 * weights)


def _compared(
    row: Row, other: np.ndarray, inferred: tuple[int, ...] | None, weights: Weights, known: NodeArrays
) -> ComparedLayer:
    """What a layer gives in NumPy, without a way to spoil what it is given, beside what it gave in onnxruntime."""
    assert row.output is not None
    node, reaching = row.node, max(largest_of(known[source]) for source in row.node.inputs)
    mine = node.layer.forward(Run(), weights.get(node.owner, {}), *(known[source].copy() for source in node.inputs))
    largest, distance, sizes = largest_of(mine), apart(mine, other), row.output.sizes
    most = tolerance(row, largest, reaching)
    return ComparedLayer(node.index, node.name, sizes, other.shape[1:], inferred, distance, largest, most)


def tolerance(row: Row, largest: float, reaching: float) -> float:
    """How far the values of a layer may lie apart, given the largest that it gives and the largest that reaches it.

    A normalisation divides what is left of its input by as little as the root of its eps, and rounding errors too.

    >>> from shapecalc import check
    >>> rows = check("INPUT(8x8x4) => CONV(2, F=5) => RELU => LN").rows
    >>> f"{tolerance(rows[1], 2.0, 1.0):.3g}"  # sums of 5·5·4 = 100 terms: 2·(1e-5 + 1e-6·√100)
    '4e-05'
    >>> f"{tolerance(rows[2], 2.0, 1.0):.3g}"  # no sum, one term: 2·(1e-5 + 1e-6)
    '2.2e-05'
    >>> f"{tolerance(rows[3], 2.0, 8.0):.3g}"  # 2·1.1e-5, and 8·1e-7/√eps of what reaches it, eps = 1e-5
    '0.000275'
    """
    eps = row.node.layer.eps
    divided = PER_TERM / 10 * reaching / sqrt(eps) if eps > 0 else 0.0
    terms = max((prod(w.shape[:-1]) for w in row.kernels), default=1)
    return max(largest, 1e-6) * (RELATIVE + PER_TERM * sqrt(terms)) + divided
