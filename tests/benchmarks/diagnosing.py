"""How much longer a check takes that finds errors and tries fixes than one of the same network that is clean.

python tests/benchmarks/diagnosing.py

Prints milliseconds, the best of some rounds, in this process: a command takes a fifth of a second more in both.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import shapecalc

TESTS = Path(__file__).parents[1]
CASES: tuple[tuple[Path, tuple[int, ...], tuple[int, ...]], ...] = (
    (TESTS.parent / "samples/alexnet-torchvision.net", (224, 224, 3), (222, 222, 3)),
    (TESTS.parent / "samples/vgg16.net", (224, 224, 3), (193, 255, 3)),
    (TESTS.parent / "samples/resnet50.net", (224, 224, 3), (193, 255, 3)),
    (TESTS.parent / "samples/unet.net", (572, 572, 1), (512, 512, 1)),
    (TESTS.parent / "samples/densenet121.net", (224, 224, 3), (193, 255, 3)),
    (TESTS.parent / "samples/inception-v3.net", (299, 299, 3), (193, 255, 3)),
    (TESTS / "data/inception-resnet-v2.net", (299, 299, 3), (193, 255, 3)),
)
"""Networks, an input that fits, and one that does not."""


def best(text: str, size: tuple[int, ...], rounds: int) -> tuple[float, int]:
    """Milliseconds of the fastest of some checks, and how many errors and warnings there are."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        report = shapecalc.check(text, input=size)
        times.append(time.process_time() - start)
    return 1000 * min(times), sum(d.severity != "note" for d in report.diagnostics)


def main(rounds: int = 7) -> None:
    """Prints a line a network."""
    print(f"{'network':24} {'clean':>8} {'broken':>8} {'ratio':>6}  errors and warnings")
    for path, fits, breaks in CASES:
        text = path.read_text(encoding="utf-8")
        clean, none = best(text, fits, rounds)
        broken, found = best(text, breaks, rounds)
        extra = f" ({none} clean)" if none else ""
        print(f"{path.stem:24} {clean:6.1f}ms {broken:6.1f}ms {broken / clean:6.2f}  {found}{extra}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
