"""The forward in NumPy on one thread and on two, and onnxruntime beside it where it is installed.

Same network, weights, image and threads. They run in turns: what slows the machine slows each of them.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from shapecalc.numerics.freed_memory import keep_freed_memory
from shapecalc.numerics.threads import keep_blas_single, workers
from tests.benchmarks.measured import Row, best_in_turns, progress

SAMPLES = Path(__file__).parents[2] / "samples"
USUAL = ("lenet5", "alexnet-227", "vgg16", "resnet50", "mobilenet-v2")


PAUSE = 0.1
"""Seconds after which onnxruntime's threads wait for work without looking for it."""


def rows(times: int = 5) -> Iterator[Row]:
    """Rows for every network, on one thread and on two where there are two, with memory as `verify` keeps it."""
    keep_freed_memory()
    keep_blas_single()
    for name in USUAL:
        progress(f"the forward pass of {name}")
        yield from measure(str(SAMPLES / f"{name}.net"), times)


def measure(file: str, times: int) -> Iterator[Row]:
    """The forward pass of a network beside that of onnxruntime, where it is installed, and two threads beside one."""
    from shapecalc.diagnostics.diagnostic import Source
    from shapecalc.pipeline import check
    from shapecalc.verification.execute import execute
    from shapecalc.verification.run_weights import SeededWeights
    from shapecalc.verification.verify import images_for

    report = check(Source(file, Path(file).read_text(encoding="utf-8")))
    graph, macs = report.graph, report.totals.macs if report.totals else None
    if graph is None or macs is None:
        sys.exit(f"{file} has volumes that are unknown")
    weights, images = SeededWeights(report.rows, 0, keeps_all=True), images_for(report, 0)

    def ours(threads: int) -> None:
        os.environ["SHAPECALC_THREADS"] = str(threads)
        workers.cache_clear()
        for _ in execute(graph, weights, images):
            pass

    def row(threads: int, mine: float, theirs: Sequence[float]) -> Row:
        figure = f"{1000 * mine:.1f} ms, {macs / mine / 1e9:.1f} GMACs/s"
        ratio = mine / theirs[0] if theirs else None
        return Row(f"forward of {report.name}, {threads} threads", figure, ratio, "onnxruntime")

    one, two = partial(ours, 1), partial(ours, 2)
    one()  # makes the weights
    other = onnxruntime_session(report, weights.arrays, images, 1)
    # On one thread the time of this process alone, which others that run on the machine do not lengthen.
    alone, *theirs = best_in_turns([one, other] if other else [one], times, time.process_time)
    yield row(1, alone, theirs)
    if (os.cpu_count() or 1) > 1:
        other = onnxruntime_session(report, weights.arrays, images, 2)
        alone, shared, *theirs = best_in_turns([one, two, other] if other else [one, two], times, pause=PAUSE)
        yield row(2, shared, theirs)
        yield Row(f"forward of {report.name}, 2 threads", "", shared / alone, "1 thread")


def onnxruntime_session(report: Any, weights: Any, images: Any, threads: int) -> Callable[[], Any] | None:
    """A run of the same network in onnxruntime; None where it is not installed."""
    try:
        import onnxruntime
    except ImportError:
        return None
    from shapecalc.writers.onnx.export import build
    from shapecalc.writers.onnx.export_options import ExportOptions

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = threads, 3
    model = build(report, ExportOptions(), weights).SerializeToString()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    feeds = {report.rows[i].node.name: a.transpose(0, 3, 2, 1).copy() for i, a in images.items()}
    return lambda: session.run(None, feeds)
