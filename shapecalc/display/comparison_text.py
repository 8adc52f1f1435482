"""A comparison with another program as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from shapecalc.core.phrases import counted
from shapecalc.display.ansi import painted
from shapecalc.display.characters import clean
from shapecalc.display.proofs import ENDLESS

if TYPE_CHECKING:
    from shapecalc.against.comparison import ComparedLayer, Comparison
    from shapecalc.against.outputs import ComparedOutput

BUG = "this is a bug in shapecalc or in onnxruntime; please report it with the text that caused it"


def compared_lines(name: str, found: Comparison, seconds: float, *, quiet: bool, color: bool) -> Iterator[str]:
    """A line a layer and a line an output, those that differ in any case, and the verdict with its seconds."""
    every: list[ComparedLayer | ComparedOutput] = [*found.layers, *found.outputs]
    for one in every:
        if not (quiet and one.ok):
            mark = painted("✓", "good", color) if one.ok else painted("✗", "error", color)
            yield f"onnxruntime {mark} {clean(one.sentence)}"
    outputs = f"{_agreeing('output', found.outputs)} of the whole run"
    parts = f"{_agreeing('layer', found.layers)} and {outputs}" if found.layers else outputs
    agree = "agrees" if not found.layers and len(found.outputs) == 1 else "agree"
    whom = "onnxruntime" if found.layers else "onnxruntime on the file as it is"
    text = f"{clean(name)}: {parts} {agree} with {whom}, {seconds:.1f} s"
    if found.ok:
        yield painted(text, "good", color)
        return
    yield painted(f"error: {text}", "error", color)
    endless = all(not isfinite(one.largest) for one in every if not one.ok)
    yield f"  = note: {ENDLESS if endless else BUG}"


def _agreeing(what: str, those: Sequence[ComparedLayer | ComparedOutput]) -> str:
    return f"{sum(one.ok for one in those):,} of {counted(len(those), what)}"
