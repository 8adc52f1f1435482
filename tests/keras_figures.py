"""What Keras counts of a program, beside what is read of it."""

from __future__ import annotations

from typing import Any

import shapecalc

IMPORTS = "from keras import Input, Model, Sequential, layers, ops\n"


def assert_counted(text: str, weights: int, output: str, **options: Any) -> None:
    """Fails unless a program has so many weights, statistics too, and gives this, without leading axes of 1."""
    report = shapecalc.check(IMPORTS + text, **options)
    assert report.ok, [d.message for d in report.diagnostics]
    assert report.totals is not None
    size = str(report.layers[-1].output).removeprefix("1x").removeprefix("1x")
    assert (report.totals.params + report.totals.buffers, size) == (weights, output)
