"""Runs files with weights as `verify --weights` does, and compares the outputs with other programs'.

    python -m tests.compat.weights FILE… [--keras]

ONNX models are run by onnxruntime; .keras and .h5 by Keras, which reads the same file (`--keras` says so: they may hold
code). With the figures of every layer left unproved, so that large networks take seconds. Not part of the suite.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from shapecalc.against.session import compare_with_file
from shapecalc.cli.images import file_weights
from shapecalc.cli.refused import Refused
from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.expansion.options import Options
from shapecalc.formats.sources import read_source
from shapecalc.passes.report import Report
from shapecalc.pipeline import CheckOptions, check
from shapecalc.verification.execute import LayerFailed, execute
from shapecalc.verification.run_weights import StoredWeights
from shapecalc.verification.value_order import value_orders
from shapecalc.verification.verify import NotVerifiable, images_for


def outcome(path: Path) -> str:
    """How far outputs lie apart, or why there are none."""
    try:
        report = check(read_source(str(path)), CheckOptions(Options()))
        images = images_for(report, 0)
        weights = file_weights(report)
        if path.suffix == ".onnx":
            pairs = [(o.apart, o.largest) for o in compare_with_file(report, weights, images)]
        else:
            pairs = _against_keras(path, report, weights, images)
    except (Diagnosed, LayerFailed, NotVerifiable, Refused) as problem:
        return f"not run: {problem}"
    worst = max(apart / max(largest, 1e-30) for apart, largest in pairs)
    layers = len(report.rows)
    return f"{layers} layers, {len(pairs)} outputs, at most {worst:.1e} of the largest apart{' WRONG' * (worst > 1e-3)}"


def _against_keras(path: Path, report: Report, weights: StoredWeights, images: Any) -> list[tuple[float, float]]:
    """Keras' outputs, each beside that of ours which lies nearest: Keras says in its own order which they are."""
    import keras

    try:
        model = keras.models.load_model(path, compile=False)
    except (ValueError, TypeError) as problem:
        raise Refused(f"Keras itself does not read it: {str(problem)[:60]}") from None
    ours_by_name = {report.rows[i].node.name: image for i, image in images.items()}
    in_order = [images[i] for i in sorted(images)]
    fed = [_as_keras(ours_by_name.get(t.name, in_order[n]), t.shape) for n, t in enumerate(model.inputs)]
    theirs = model.predict(fed[0] if len(fed) == 1 else fed, verbose=0)
    graph = report.graph
    assert graph is not None
    assert graph.stored is not None
    read = {source for node in graph.nodes for source in node.inputs}
    orders = value_orders(report, graph, graph.stored)
    ours = []
    for step in execute(graph, weights, {i: image.copy() for i, image in images.items()}):
        index = step.node.index
        if index not in read:
            order = orders.get(index)
            ours.append(step.output.copy() if order is None else step.output[..., np.argsort(order)])
    found = []
    outputs = [*theirs.values()] if isinstance(theirs, dict) else theirs if isinstance(theirs, list) else [theirs]
    for output in outputs:
        last = output.transpose(0, *range(output.ndim - 2, 0, -1), output.ndim - 1) if output.ndim > 2 else output
        both = (last, output.transpose(0, *range(output.ndim - 1, 0, -1)))
        fitting = [(mine, one) for mine in ours for one in both if mine.size == one.size]
        apart = min((float(np.abs(mine.reshape(one.shape) - one).max()) for mine, one in fitting), default=np.inf)
        found.append((apart, float(np.abs(output).max())))
    return found


def _as_keras(image: Any, shape: Any) -> Any:
    """An image with the axes that Keras reads."""
    if len(shape) == 2:
        return image.reshape(len(image), -1)
    if shape[-1] != image.shape[-1]:
        return image.transpose(0, *range(image.ndim - 1, 0, -1))
    return image.transpose(0, *range(image.ndim - 2, 0, -1), image.ndim - 1)


def main(arguments: list[str]) -> None:
    """Prints a line a file."""
    for path in map(Path, arguments):
        if path.suffix in (".onnx", ".keras", ".h5"):
            print(f"{path.name:40} {outcome(path)}", flush=True)


if __name__ == "__main__":
    main([argument for argument in sys.argv[1:] if not argument.startswith("-")])
