"""Runs the program in a file itself, and compares what it gives with a run in NumPy on the weights of that file."""

from __future__ import annotations

from collections.abc import Mapping
from io import BufferedReader
from math import inf
from typing import Any

import numpy as np

from shapecalc.against.outputs import RELATIVE, ComparedOutput, apart, largest_of, run_shared
from shapecalc.against.session import OnnxruntimeFailed, in_onnxruntime, opened
from shapecalc.core.phrases import counted
from shapecalc.numerics.toolkit import Array
from shapecalc.passes.graph import Graph, Stored, StoredTensor
from shapecalc.passes.report import Report
from shapecalc.verification.stored_weights import StoredWeights
from shapecalc.verification.value_order import value_orders

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
        array = _outwards(image)
    if tensor.steps:
        array = array.swapaxes(0, 1)
    if wanted.type in (
        "tensor(int64)",
        "tensor(int32)",
    ):  # an index, which is never negative, is the nearest whole number
        array = np.clip(np.rint(array), 0, None)
    return np.ascontiguousarray(array, TYPES.get(wanted.type, np.float32))


def _outwards(array: Array) -> Array:
    """Batch, channels, then the spatial axes from the last to the width."""
    return array.transpose(0, *range(array.ndim - 1, 0, -1))


def _in_our_order(given: Any, mine: Array, tensor: StoredTensor) -> Array | None:
    """An output of the file with our axes; None where it does not fit."""
    array = np.asarray(given, np.float32)
    if array.ndim > 2:
        axes = range(array.ndim - 2, 0, -1) if tensor.last else range(array.ndim - 1, 0, -1)
        array = array.transpose(0, *axes, *([array.ndim - 1] if tensor.last else []))
    return array.reshape(mine.shape) if array.size == mine.size else None
