"""Runs a network in onnxruntime, every layer's output at once, and says which layer that refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.core.phrases import shortened
from shapecalc.core.record import replace
from shapecalc.passes.report import Report, Row
from shapecalc.writers.onnx.export import build
from shapecalc.writers.onnx.export_options import ExportOptions, require

if TYPE_CHECKING:
    from onnx import ModelProto

    from shapecalc.writers.onnx.export_options import Weights

LONGEST = 240
"""Characters of what onnxruntime says that are passed on: it may quote its own source."""

NodeArrays = Mapping[int, np.ndarray]
"""By node: batch, spatial axes (width first), depth."""


class OnnxruntimeFailed(RuntimeError):
    """onnxruntime does not take or run a model; the message names the layer and repeats what onnxruntime says."""


def run_onnx(
    report: Report, weights: Weights, inputs: NodeArrays, opset: int = 17
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
    sizes = inferred_sizes(build(report, ExportOptions(holds_weights=False, opset=opset, every_layer=True)))
    rows = [row for row in report.rows if row.node.inputs]
    ranks = {row.node.name: len(row.output.spatial) for row in rows if row.output}
    return (
        {row.node.index: _with_axes(_turned(found[row.node.name]), ranks[row.node.name]) for row in rows},
        {row.node.index: _padded_sizes(sizes.get(row.node.name), ranks[row.node.name]) for row in rows},
    )


def _session(model: ModelProto, report: Report, inputs: NodeArrays) -> dict[str, np.ndarray]:
    """All outputs of a model by name. Raises OnnxruntimeFailed with what onnxruntime says."""
    given = {value.name for value in model.graph.input}
    feeds = {report.rows[i].node.name: _turned(a) for i, a in inputs.items() if report.rows[i].node.name in given}
    with in_onnxruntime():
        session = opened(model.SerializeToString())
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(None, feeds), strict=True))


def opened(model: bytes | str) -> Any:
    """A session of onnxruntime for a model, or for the file of one, that prints nothing."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@contextmanager
def in_onnxruntime(front: str = "") -> Iterator[None]:
    """Raises OnnxruntimeFailed with what onnxruntime says."""
    try:
        yield
    except (MemoryError, OnnxruntimeFailed):
        raise
    except Exception as problem:  # onnxruntime's errors have no class in common
        raise OnnxruntimeFailed(f"{front}{_shortened_error(problem)}") from None


def _first_failing(
    report: Report, weights: Weights, inputs: NodeArrays, opset: int, problem: Exception
) -> tuple[Row, Exception]:
    """The first layer that onnxruntime refuses, by bisection, and its message."""
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


def _shortened_error(problem: Exception) -> str:
    """What onnxruntime says, in one line and without the places in its source."""
    text = re.sub(r"\[ONNXRuntimeError\] : \d+ : \w+ : ", "", str(problem))
    text = " ".join(re.sub(r"/onnxruntime_src/\S+(?: .*\[with [^\]]*\])?", "", text).split())
    return shortened(text, LONGEST, tail=LONGEST - 1)


def inferred_sizes(model: ModelProto) -> dict[str, tuple[int, ...] | None]:
    """Sizes after the batch, width first, that ONNX's shape inference finds with nothing but the inputs to go by.

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


def _turned(array: np.ndarray) -> np.ndarray:
    """The axes after the batch in reverse order, in memory too."""
    return np.ascontiguousarray(array.transpose(0, *range(array.ndim - 1, 0, -1)))


def _with_axes(array: np.ndarray, rank: int) -> np.ndarray:
    """Rows of values with the spatial axes that they have here, each of 1."""
    return array.reshape(array.shape[0], *(1,) * rank, -1) if array.ndim == 2 else array


def _padded_sizes(sizes: tuple[int, ...] | None, rank: int) -> tuple[int, ...] | None:
    return (*(1,) * rank, *sizes) if sizes is not None and len(sizes) == 1 else sizes
