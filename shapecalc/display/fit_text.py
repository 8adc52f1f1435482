"""`--fit` in words: how many images fit into a memory, what other batches need, and which layer holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shapecalc.core.phrases import counted, plural
from shapecalc.display.style import clean
from shapecalc.passes.fitting_batch import Need, inference_need, largest_batch, training_need
from shapecalc.passes.report import Report

MOST_BATCHES = 5
"""How many smaller batches are listed: the powers of two next below the largest that fits."""


def fit_lines(report: Report, memory: int, wanted: int | None = None) -> Iterator[str]:
    """What fits into so many bytes: a training step, then a run without training; `wanted` images among others."""
    dtype, optimizer = report.conventions.dtype, report.conventions.optimizer
    unknown = any(row.output is None for row in report.rows) or not report.rows
    for how, need_of in (
        (f"training with {dtype} and {optimizer}", training_need),
        (f"inference with {dtype}", inference_need),
    ):
        if unknown:
            yield f"{report.name}: {how} fits unknown into {memory:,} bytes"
            continue
        need = need_of(report.rows, report.conventions)
        largest = largest_batch(need, memory)
        yield f"{report.name}: {how} fits {counted(largest, 'image')} into {memory:,} bytes"
        if wanted is not None:
            yield _answer(wanted, need(wanted).bytes, memory)
        yield from _needs(report, need, largest, training=need_of is training_need)


def _answer(wanted: int, taken: int, memory: int) -> str:
    """Whether as many images fit as were asked for, and what is missing or left."""
    images = f"{counted(wanted, 'image')} {plural(wanted, 'needs', 'need')} {taken:,} bytes"
    more = f"{taken - memory:,} more than there are" if taken > memory else f"{memory - taken:,} are left"
    return f"  {images}: {more}"


def _needs(report: Report, need: Callable[[int], Need], largest: int, *, training: bool) -> Iterator[str]:
    """A line a batch: the powers of two that fit, the largest batch, and the first that does not fit."""
    powers = [2**n for n in range(largest.bit_length()) if 2**n < largest]
    batches = [*powers[-MOST_BATCHES:], *([largest] if largest else []), largest + 1]
    wide = len(f"{batches[-1]:,}")
    for batch in batches:
        found = need(batch)
        place = ""
        if training and found.row is not None:
            place = f", most at {clean(report.rows[found.row].node.name)}"
        elif training:
            place = ", most in the optimizer's update"
        fits = "" if batch <= largest else ": too much"
        images = f"{batch:>{wide},} {plural(batch, 'image')} {plural(batch, 'needs', 'need')}"
        yield f"  {images} {found.bytes:,} bytes{place}{fits}"
