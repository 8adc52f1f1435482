"""How much longer a check takes that finds errors and tries fixes than one of the same network that is clean.

python tests/benchmarks/diagnosing.py [--rounds N] [--worst N] [SAMPLE …]

Every sample is broken in every way of `samplebreaks`; printed are the slowest beside the clean check in this process,
and then as a whole command. Times are the best of some rounds, in milliseconds of this process alone.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

import shapecalc
from tests.benchmarks.measured import Row, progress
from tests.samplebreaks import Broken, broken_samples
from tests.samplefiles import SAMPLES


class Pair(NamedTuple):
    """A sample with something broken, and the milliseconds that it takes as it is and broken."""

    sample: Path
    what: str
    text: str
    broken: Broken
    clean_ms: float
    broken_ms: float

    @property
    def ratio(self) -> float:
        return self.broken_ms / self.clean_ms


def best(measured: Callable[[], float], rounds: int) -> float:
    """Milliseconds of the fastest round."""
    return 1000 * min(measured() for _ in range(rounds))


def in_process(text: str, size: tuple[int, ...] | None) -> float:
    """Seconds of a check in this process."""
    start = time.process_time()
    shapecalc.check(text, input=size)
    return time.process_time() - start


def as_command(text: str, size: tuple[int, ...] | None) -> float:
    """Seconds of a whole `check` of a file."""
    with tempfile.NamedTemporaryFile("w", suffix=".net", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        given = ["--input", "x".join(map(str, size))] if size else []
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "shapecalc", "check", "--no-cache", *given, file.name]
        subprocess.run(command, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": sys.path[0]})
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(sample: Path, rounds: int) -> Iterator[Pair]:
    """A sample broken in all ways, each beside the sample as it is."""
    text = sample.read_text(encoding="utf-8")
    clean = best(lambda: in_process(text, None), rounds)
    for what, broken in broken_samples(text):
        yield Pair(sample, what, text, broken, clean, best(lambda b=broken: in_process(*b), rounds))  # type: ignore[misc]


def line(pair: Pair) -> str:
    """A pair as it is printed."""
    return f"{pair.sample.stem:24} {pair.what:14} {pair.clean_ms:6.1f} {pair.broken_ms:8.1f} {pair.ratio:6.2f}"


USUAL = ("alexnet-torchvision", "vgg16", "resnet50", "unet")


def rows(rounds: int = 2) -> Iterator[Row]:
    """A row for the slowest of all ways to break each of some samples."""
    for sample in SAMPLES:
        if sample.stem in USUAL:
            progress(f"{sample.stem}, broken in every way")
            worst = max(measured(sample, rounds), key=lambda pair: pair.ratio)
            yield Row(f"{sample.stem}, {worst.what}", f"{worst.broken_ms:.1f} ms", worst.ratio, "the network as it is")


def main() -> None:
    """Prints the slowest pairs, the worst of each kind among them, and what they take as commands."""
    parser = argparse.ArgumentParser()
    parser.add_argument("samples", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worst", type=int, default=20)
    chosen = parser.parse_args()
    pairs: list[Pair] = []
    for sample in SAMPLES:
        if not chosen.samples or sample.stem in chosen.samples:
            print(f"{sample.stem} …", file=sys.stderr, flush=True)
            pairs += measured(sample, chosen.rounds)
    pairs.sort(key=lambda pair: -pair.ratio)
    print(f"{'in this process':24} {'broken':14} {'clean':>6} {'broken':>8} {'ratio':>6}")
    print(*map(line, pairs[: chosen.worst]), sep="\n")
    worst = list({pair.what: pair for pair in reversed(pairs)}.values())
    print(f"\n{'as a command':24} {'broken':14} {'clean':>6} {'broken':>8} {'ratio':>6}")
    for pair in worst:
        times = [best(lambda b=b: as_command(*b), chosen.rounds) for b in ((pair.text, None), pair.broken)]  # type: ignore[misc]
        print(line(pair._replace(clean_ms=times[0], broken_ms=times[1])))


if __name__ == "__main__":
    main()
