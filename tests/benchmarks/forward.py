"""The forward in NumPy, and onnxruntime beside it where it is installed: same network, weights, image, threads."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from shapecalc.numerics.freed_memory import keep_freed_memory
from shapecalc.numerics.threads import keep_blas_single, workers
from tests.benchmarks.measured import Row, best_in_turns, progress

SAMPLES = Path(__file__).parents[2] / "samples"
USUAL = ("alexnet-227", "vgg16", "resnet50", "mobilenet-v2")


PAUSE = 0.1
"""Seconds after which onnxruntime's threads wait for work without looking for it."""


def rows(times: int = 5) -> Iterator[Row]:
    """A row for every network, on one thread and on all that there are, up to two, with memory as `verify` keeps it."""
    keep_freed_memory()
    for threads in dict.fromkeys((1, min(2, os.cpu_count() or 1))):
        os.environ["SHAPECALC_THREADS"] = str(threads)
        keep_blas_single()
        workers.cache_clear()
        for name in USUAL:
            progress(f"the forward pass of {name}, {threads} threads")
            yield measure(str(SAMPLES / f"{name}.net"), threads, times)


def measure(file: str, threads: int, times: int) -> Row:
    """The forward pass of a network beside that of onnxruntime, where it is installed."""
    from shapecalc.diagnostics.diagnostic import Source
    from shapecalc.pipeline import check
    from shapecalc.verification.execute import execute
    from shapecalc.verification.seeding import SeededWeights
    from shapecalc.verification.verify import images_for

    report = check(Source(file, Path(file).read_text(encoding="utf-8")))
    graph, totals = report.graph, report.totals
    if graph is None or totals is None or totals.macs is None:
        sys.exit(f"{file} has volumes that are unknown")
    weights, images = SeededWeights(report.rows, 0, keeps_all=True), images_for(report, 0)

    def ours() -> None:
        for _ in execute(graph, weights, images):
            pass

    ours()
    other = onnxruntime_session(report, weights.arrays, images, threads)
    # On one thread the time of this process alone, which others that run on the machine do not lengthen.
    clock = time.process_time if threads == 1 else time.perf_counter
    mine, *theirs = best_in_turns([ours, other] if other else [ours], times, clock, PAUSE if threads > 1 else 0)
    figure = f"{1000 * mine:.1f} ms, {totals.macs / mine / 1e9:.1f} GMACs/s"
    return Row(
        f"forward of {report.name}, {threads} threads", figure, mine / theirs[0] if theirs else None, "onnxruntime"
    )


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
