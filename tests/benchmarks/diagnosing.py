"""How much longer a check takes that finds errors and tries fixes than one of the same network that is clean.

Some samples are broken in every way of `samplebreaks`; the slowest of each is beside the clean check in this process.
Times are the best of some rounds, in milliseconds of this process alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import shapecalc
from tests.benchmarks.measured import Row, progress
from tests.samplebreaks import broken_samples
from tests.samplefiles import SAMPLES

USUAL = ("alexnet-torchvision", "vgg16", "resnet50", "unet")


def rows(rounds: int = 2) -> Iterator[Row]:
    """A row for the slowest of all ways to break each of some samples."""
    for sample in SAMPLES:
        if sample.stem in USUAL:
            text, times = sample.read_text(encoding="utf-8"), {}
            clean = _milliseconds(text, None, rounds)
            for what, broken in broken_samples(text):
                progress(f"{sample.stem}, {what}")
                times[what] = _milliseconds(*broken, rounds)
            worst = max(times, key=times.__getitem__)
            yield Row(f"{sample.stem}, {worst}", f"{times[worst]:.1f} ms", times[worst] / clean, "the network as it is")


def _milliseconds(text: str, size: tuple[int, ...] | None, rounds: int) -> float:
    """What the fastest of some checks takes."""
    found = []
    for _ in range(rounds):
        start = time.process_time()
        shapecalc.check(text, input=size)
        found.append(time.process_time() - start)
    return 1000 * min(found)
