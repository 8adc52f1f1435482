"""How much work something is beside checking VGG-16 on the same machine: no test hangs on how fast that is."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import shapecalc

VGG_16 = Path(__file__).parents[1] / "samples" / "vgg16.net"


def _seconds(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def effort(run: Callable[[], object]) -> float:
    """The processor time of a run, in checks of VGG-16, each of which is a few thousandths of a second."""
    spent = _seconds(run)
    return spent / min(_seconds(lambda: shapecalc.check(VGG_16)) for _ in range(5))
