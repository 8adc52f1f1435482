"""Time and memory of parse, expand and check: 20,000 layers beside 2,000. Linear cost prints ratios near 10."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

from shapecalc.diagnostics.diagnostic import Source
from shapecalc.expansion.expander import expand
from shapecalc.expansion.options import Options
from shapecalc.formats.read import parse
from shapecalc.pipeline import CheckOptions, check_graph
from tests.benchmarks.measured import Row, progress

SMALL, LARGE = 2_000, 20_000
TEXTS: dict[str, Callable[[int], str]] = {
    "written out": lambda n: "INPUT(32x32x3)" + "\n=> CONV(64, F=3, P=1) => RELU" * (n // 2),
    "all different": lambda n: (
        "INPUT(32x32x3)" + "".join(f"\n=> CONV({16 + i}, F=3, P=1) => RELU" for i in range(n // 2))
    ),
    "as a repeat": lambda n: f"INPUT(32x32x3) => [CONV(64, F=3, P=1) => RELU]*{n // 2}",
    "residual blocks": lambda n: (
        "block b(c) = ADD[CONV(c, 3, P=1) => BN => RELU | ]\n"
        f"INPUT(32x32x64) => [b(c) for c in {', '.join(['64'] * (n // 4))}]"
    ),
    # of a stride that leaves a border unread, so that no gate sees the whole input
    "gated blocks": lambda n: f"INPUT(33x33x16) => CONV(16, 2, S=2) => [MUL[ | GAP => FC(16)] => RELU]*{n // 4}",
}


def steps(text: str) -> list[tuple[str, Callable[[Any], Any]]]:
    """The passes in order, each taking what the one before returned."""
    source = Source("net.net", text)
    return [
        ("parse", lambda _: parse(source)),
        ("expand", lambda tree: expand(tree, Options(most_layers=2 * LARGE))),
        ("check", lambda graph: check_graph(graph, source, CheckOptions())),
    ]


def measure(text: str) -> dict[str, tuple[float, int]]:
    """Seconds and peak bytes of every pass (timed first, traced in a second run), without a search for cycles.

    A command does not search for them either.
    """
    gc.disable()
    found: dict[str, tuple[float, int]] = {}
    for traced in (False, True):
        value: Any = None
        for name, step in steps(text + "\n" * traced):  # the last text that was parsed is not parsed again
            if traced:
                tracemalloc.start()
            start = time.process_time()
            value = step(value)
            seconds = time.process_time() - start
            if traced:
                found[name] = (found[name][0], tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()
            else:
                found[name] = (seconds, 0)
    gc.enable()
    return found


def rows() -> Iterator[Row]:
    """A row for every pass over every diagram: its time beside that of a tenth of the layers."""
    for name, text in TEXTS.items():
        progress(f"{name}, {SMALL:,} and {LARGE:,} layers")
        small, large = measure(text(SMALL)), measure(text(LARGE))
        for step in small:
            more = large[step][0]
            memory = f"{large[step][1] / small[step][1]:.1f} in memory"
            yield Row(f"{step}, {name}", f"{LARGE / more:,.0f} layers/s", more / small[step][0], f"a tenth; {memory}")
