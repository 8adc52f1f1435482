"""Samples with one thing broken: an input one off or oblong, a join, a claimed number of channels, a padding."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import shapecalc
from shapecalc.core.padding import Padding
from shapecalc.diagnostics.diagnostic import Edit, Fix
from shapecalc.passes.report import Report
from shapecalc.repairs.candidate import written

Broken = tuple[str, tuple[int, ...] | None]
"""A text and, where that is what is broken, the size of its input."""


def broken_samples(text: str) -> Iterator[tuple[str, Broken]]:
    """What is broken, and a text with it: the first of every kind that ends in an error or a warning."""
    report = shapecalc.check(text)
    for name, breaks in BREAKS.items():
        for broken in breaks(text, report):
            found = shapecalc.check(broken[0], input=broken[1])
            if found.layers and any(d.severity != "note" for d in found.diagnostics):
                yield name, broken
                break


def _one_off(text: str, report: Report) -> Iterator[Broken]:
    *spatial, depth = _input(report)
    if min(spatial) > 1:
        yield text, (*(n - 1 for n in spatial), depth)
    yield text, (*(n + 1 for n in spatial), depth)


def _oblong(text: str, report: Report) -> Iterator[Broken]:
    """Sizes as different from the right one as 193x255 is from 224x224."""
    width, *others, depth = _input(report)
    yield text, (max(width * 193 // 224, 1), *(n * 255 // 224 for n in others), depth)


def _input(report: Report) -> tuple[int, ...]:
    return next(row.output.sizes for row in report.rows if row.output and not row.inputs)


def _join(text: str, report: Report) -> Iterator[Broken]:
    """A border too much at the end of a branch, from the first join on."""
    for row in report.rows:
        branch = row.node.branch
        chain = branch.chains[-1] if branch and len(branch.chains) > 1 else None
        if chain and chain.items:
            end = chain.items[-1].span[1]
            yield _edited(text, Edit((end, end), " => PAD(1)"))


def _channels(text: str, report: Report) -> Iterator[Broken]:
    """One channel more than comes out, from the middle of the network on."""
    for row in report.rows[len(report.rows) // 2 :] + report.rows:
        if row.node.literal and row.output is not None and row.weights and not row.node.claimed:
            sizes = "x".join(map(str, (*row.output.spatial, row.output.depth + 1)))
            end = row.node.span[1]
            yield _edited(text, Edit((end, end), f": {sizes}"))


def _padding(text: str, report: Report) -> Iterator[Broken]:
    """A padding that is one wider, from the first window on."""
    for row in report.rows:
        if row.windows and row.node.layer is not None and "padding" in row.node.layer.arguments:
            wider = Padding("", ((row.windows[0].before + 1, row.windows[0].after + 1),))
            yield _edited(text, *written(row.node, {"P": wider}))


def _edited(text: str, *edits: Edit) -> Broken:
    return Fix("", edits).applied_to(text), None


BREAKS: dict[str, Callable[[str, Report], Iterator[Broken]]] = {
    "input one off": _one_off,
    "oblong input": _oblong,
    "join": _join,
    "channels": _channels,
    "padding": _padding,
}
