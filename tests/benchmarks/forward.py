"""Times the forward in NumPy, and onnxruntime beside it where it is installed: same network, weights, image, threads.

Usage: python tests/benchmarks/forward.py [--threads N] [--times N] [FILE…]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shapecalc.numerics.threads import keep_blas_single

SAMPLES = Path(__file__).parents[2] / "samples"
USUAL = ("alexnet-227", "vgg16", "resnet50", "mobilenet-v2")


def main() -> None:
    parser = argparse.ArgumentParser(description="Times the forward in NumPy against onnxruntime.")
    parser.add_argument("files", nargs="*", default=[str(SAMPLES / f"{name}.net") for name in USUAL])
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--times", type=int, default=5, help="the best of so many runs counts")
    chosen = parser.parse_args()
    os.environ["SHAPECALC_THREADS"] = str(chosen.threads)
    keep_blas_single()
    print(f"best of {chosen.times} runs, {chosen.threads} threads, one image")
    print(f"{'network':24} {'GMACs':>7} {'NumPy':>10} {'GMACs/s':>8} {'onnxruntime':>12} {'ratio':>6}")
    for file in chosen.files:
        measure(file, chosen.threads, chosen.times)


def measure(file: str, threads: int, times: int) -> None:
    from shapecalc.diagnostics.diagnostic import Source
    from shapecalc.pipeline import check
    from shapecalc.verification.execute import execute
    from shapecalc.verification.seeding import SeededWeights
    from shapecalc.verification.verify import images_for

    report = check(Source(file, Path(file).read_text(encoding="utf-8")))
    graph, totals = report.graph, report.totals
    if graph is None or totals is None or totals.macs is None:
        sys.exit(f"{file} has volumes that are unknown")
    weights, images = SeededWeights(report.rows, 0), images_for(report, 0)

    def ours() -> None:
        for _ in execute(graph, weights, images):
            pass

    ours()
    mine = best(ours, times)
    other = onnxruntime_session(report, weights.arrays, images, threads)
    theirs = best(other, times) if other else None
    shown = f"{theirs * 1e3:9.1f} ms {mine / theirs:6.2f}" if theirs else f"{'not there':>12}"
    rate = totals.macs / mine / 1e9
    print(f"{report.name[:24]:24} {totals.macs / 1e9:7.2f} {mine * 1e3:7.1f} ms {rate:8.1f} {shown}", flush=True)


def best(run: Callable[[], Any], times: int) -> float:
    """The fewest seconds of several runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return min(found)


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


if __name__ == "__main__":
    main()
