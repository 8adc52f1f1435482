"""A model as onnxruntime runs it: what we write of a network, and the file itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.against.outputs import RELATIVE, ComparedOutput, Weights, apart, largest_of, run_shared
from shapecalc.core.phrases import counted, shortened
from shapecalc.core.record import replace
from shapecalc.numerics.toolkit import Array
from shapecalc.passes.graph import Graph, Stored, StoredTensor
from shapecalc.passes.report import Report, Row
from shapecalc.verification.run_weights import StoredWeights
from shapecalc.verification.value_order import value_orders
from shapecalc.writers.onnx.export import build
from shapecalc.writers.onnx.export_options import ExportOptions, require

if TYPE_CHECKING:
    from onnx import ModelProto


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


# --- the file itself ------------------------------------------------------------------------------

TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16,
         "tensor(int64)": np.int64, "tensor(int32)": np.int32}  # fmt: skip
"""What an input may want, as onnxruntime calls it."""
LEAST_SHARE = 1e-3
"""What parts of 1 are compared as if they were: a millionth apart, some ten roundings of 1."""


def runs_itself(report: Report) -> bool:
    """Whether the file that a report is of is a program which onnxruntime runs."""
    graph = report.graph
    return graph is not None and graph.stored is not None and bool(graph.stored.outputs)


def compare_with_file(
    report: Report, weights: StoredWeights, images: Mapping[int, Array]
) -> tuple[ComparedOutput, ...]:
    """The outputs of the file, run by onnxruntime, and those of a run in NumPy as `verify` does it.

    They may lie a thousandth of the largest value apart, as in `compare_outputs`. Raises OnnxruntimeFailed.
    """
    graph = report.graph
    assert graph is not None
    assert graph.stored is not None
    theirs = _run_file(report, graph.stored, images)
    orders = value_orders(report, graph, graph.stored)
    ours = run_shared(graph, weights, images, {node for node, _ in graph.stored.outputs.values()})
    found = []
    for name, (node, tensor) in graph.stored.outputs.items():
        mine, other = ours[node], _in_our_order(theirs[name], ours[node], tensor)
        if other is not None and node in orders.places:
            other = other.take(orders.places[node], axis=1)
        if other is not None and node in orders:
            other = other.take(orders[node], axis=-1)
        largest, difference = largest_of(mine), inf if other is None else apart(mine, other)
        least = LEAST_SHARE if _is_share(graph, node) else 1e-6
        found.append(ComparedOutput(node, name, difference, largest, RELATIVE * max(largest, least)))
    return tuple(found)


def _is_share(graph: Graph, node: int) -> bool:
    """Whether values are parts of 1, perhaps moved since: exponentials are as exact as their sums, however small."""
    while (made := graph.nodes[node]).layer.view:
        node = made.inputs[0]
    return made.kind in ("SIGMOID", "SOFTMAX")


def _run_file(report: Report, stored: Stored, images: Mapping[int, Array]) -> dict[str, Any]:
    """What onnxruntime gives for the file as it is. Raises OnnxruntimeFailed."""
    source = report.source
    assert source.open_bytes is not None
    with in_onnxruntime(f"onnxruntime cannot run {source.path}: "):
        with source.open_bytes() as file:
            session = opened(source.path if isinstance(file, BufferedReader) else file.read())
        wanted = {value.name: value for value in session.get_inputs()}
        feeds = {}
        for node, image in images.items():
            tensor = stored.inputs[node]
            if tensor.name in wanted:
                feeds[tensor.name] = _fed(image, wanted[tensor.name], tensor)
        return dict(zip([o.name for o in session.get_outputs()], session.run(None, feeds), strict=True))


def _fed(image: Array, wanted: Any, tensor: StoredTensor) -> Any:
    """An image with the axes and the type that an input wants. Raises OnnxruntimeFailed for another batch."""
    batch = wanted.shape[1 if tensor.steps else 0] if wanted.shape else None
    if isinstance(batch, int) and batch != len(image):
        raise OnnxruntimeFailed(f"the file runs {counted(batch, 'image')} at a time: give --batch {batch}")
    if len(wanted.shape) == 2:
        array = image.reshape(len(image), -1)
    elif tensor.last:
        array = image.transpose(0, *range(image.ndim - 2, 0, -1), image.ndim - 1)
    else:
        array = _turned(image)
    if tensor.steps:
        array = array.swapaxes(0, 1)
    if wanted.type in ("tensor(int64)", "tensor(int32)"):
        # An index, which is never negative, is the nearest whole number.
        array = np.clip(np.rint(array), 0, None)
    return np.ascontiguousarray(array, TYPES.get(wanted.type, np.float32))


def _in_our_order(given: Any, mine: Array, tensor: StoredTensor) -> Array | None:
    """An output of the file with our axes; None where it does not fit."""
    array = np.asarray(given, np.float32)
    if array.ndim > 2:
        axes = range(array.ndim - 2, 0, -1) if tensor.last else range(array.ndim - 1, 0, -1)
        array = array.transpose(0, *axes, *([array.ndim - 1] if tensor.last else []))
    return array.reshape(mine.shape) if array.size == mine.size else None
