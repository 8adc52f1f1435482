"""How much work a run is, worked out before it begins."""

from __future__ import annotations

from shapecalc.passes.report import Report, Row
from shapecalc.verification.nan_probe import LONGEST

A_VALUE, A_WEIGHT, A_PAIR, A_LAYER = 60, 100, 3_000, 30_000_000
"""Multiply-accumulates that take as long as a value that is made, a weight, a pair of a position that a layer reads and
one that it makes, and what else is proved of a layer."""
A_CARRY = 4_000_000
"""The same of a position whose values are carried on to the next, one after the other."""
MOST_WORK, MOST_PUBLISHED_WORK = 60_000_000_000, 350_000_000_000
"""Steps of a run that nobody has to allow, some two seconds, and of one with the figures of a network of the zoo:
PSPNet, the longest of these, takes 340 thousand million."""


def steps(report: Report) -> int:
    """Multiply-accumulates of a run, and all else in them."""
    totals, batch = report.totals, report.conventions.batch
    assert totals is not None
    values = batch * sum(row.output.size for row in report.rows if row.output)
    pairs = sum(map(_pairs, report.rows))
    carried = sum(map(_carried, report.rows))
    made = A_VALUE * values + A_WEIGHT * (totals.params or 0) + A_CARRY * carried
    return (totals.macs or 0) + made + A_PAIR * pairs + A_LAYER * len(report.rows)


def usual_limit(report: Report) -> int:
    """The steps that nobody has to allow."""
    return MOST_PUBLISHED_WORK if steps(report) > MOST_WORK and is_published(report) else MOST_WORK


def is_published(report: Report) -> bool:
    """Whether a report has the figures of a network of the zoo."""
    from shapecalc.zoo.entry import entries

    if report.totals is None:
        return False
    figures = len(report.rows), report.totals.params, (report.totals.macs or 0) / report.conventions.batch
    return any((one.layers, one.params, one.macs) == figures for one in entries())


def _carried(row: Row) -> int:
    """The positions that a layer works off one after the other."""
    volume = row.arriving
    return volume.positions if volume is not None and row.node.layer.carries else 0


def _pairs(row: Row) -> int:
    """Pairs of positions along the axes of a row that are looked at; none for one that is like a row before it."""
    if row.output is None or row.arriving is None or row.like not in (None, row.node.index):
        return 0
    axes = zip(row.arriving.spatial, row.output.spatial, strict=False)
    return sum(read * made for read, made in axes if read <= LONGEST)


def beyond_work(report: Report, allowed: int) -> tuple[str, str] | None:
    """What is said about a run of more steps than are allowed, and what they are; None for one of fewer."""
    wanted = steps(report)
    if wanted <= allowed:
        return None
    totals = report.totals
    return (
        f"{report.name}: the run takes about {_shown(wanted)} steps, and --work-limit allows {_shown(allowed)}",
        f"a step is a multiply-accumulate: the network has {(totals.macs or 0) if totals else 0:,} of them in "
        f"{len(report.rows):,} layers; a value that is made counts as {A_VALUE}, a weight as {A_WEIGHT}, a pair of "
        f"a position that is read and one that is made as {A_PAIR:,}, a layer as {A_LAYER:,}",
    )


def work_to_allow(report: Report) -> str:
    """The least value of --work-limit with which a report is run."""
    return f"{-(-steps(report) // 10**9)}G"


def _shown(steps: int) -> str:
    return f"{steps:,}" if steps < 10**9 else f"{-(-steps // 10**9)}G"
