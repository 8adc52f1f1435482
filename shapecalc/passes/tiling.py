"""Grades how every window tiles its input, and finds the layers that drop pixels, with the fixes that were tried."""

from __future__ import annotations

from dataclasses import dataclass, field

from shapecalc.diagnostics.diagnostic import Severity
from shapecalc.passes.graph import Graph
from shapecalc.passes.repairs import Repair, dropping, repairs, with_one_window_more
from shapecalc.passes.report import Row

MOST_SOLVED = 5
"""For how many diagnostics of a network fixes are looked for."""


@dataclass
class Cause:
    """A layer that drops pixels, the best fix for it, and what else that fix repairs."""

    row: Row
    rows: list[Row]
    """All rows of the network as it is."""
    repairs: list[Repair] = field(default_factory=list)
    more: list[Row] | None = None
    """All rows if the layer's quotient were rounded up instead of down."""
    also: list[Row] = field(default_factory=list)
    """Layers after it that only drop pixels because of it."""
    claims: list[str] = field(default_factory=list)
    """Claims that only fail because of it."""

    @property
    def best(self) -> Repair | None:
        """The fix that leaves the fewest layers untidy."""
        return self.repairs[0] if self.repairs else None


def find_causes(graph: Graph, rows: list[Row], *, strict: bool) -> list[Cause]:
    """The layers that drop pixels, those that are only consequences of another folded into it."""
    waiting = sorted(dropping(rows))
    folded: set[int] = set()
    causes: list[Cause] = []
    seen: set[int] = set()
    for index in waiting:
        if index in folded:
            continue
        row = rows[index]
        looked_at = id(row.node.layer) in seen or len(causes) >= MOST_SOLVED
        seen.add(id(row.node.layer))
        cause = Cause(row, rows)
        causes.append(cause)
        if looked_at:
            continue
        cause.repairs = repairs(graph, rows, row, exacting=strict or _mode(row, graph.settings.rounding) == "exact")
        cause.more = with_one_window_more(graph, rows, row)
        if cause.best is not None:
            after = _after(graph, index)
            cause.also = [rows[i] for i in waiting if i in after and i != index and i not in cause.best.dropping]
            folded |= {r.node.index for r in cause.also}
    return causes


def _after(graph: Graph, index: int) -> set[int]:
    """All nodes that descend from one."""
    found = {index}
    for node in graph.nodes[index + 1 :]:
        if not found.isdisjoint(node.inputs):
            found.add(node.index)
    return found


def _mode(row: Row, rounding: str | None) -> str | None:
    return (row.node.layer and row.node.layer.rounding) or rounding


def grade(row: Row, rounding: str | None, *, strict: bool) -> tuple[str, Severity] | None:
    """Code and severity of how a layer's windows tile their input; None where there is nothing to say."""
    if not row.tilings:
        return None
    mode = _mode(row, rounding)
    inexact = any(t.quotient.denominator != 1 for t in row.tilings)
    match row.tiling:
        case "drops-pixels":
            return "SHP201", "warning" if mode == "floor" and not strict else "error"
        case "trims-padding":
            return "SHP202", "error" if strict or mode == "exact" else "note"
        case "subsamples":
            return ("SHP204", "error") if inexact and mode == "exact" else ("SHP203", "note")
    return ("SHP204", "error") if inexact and (strict or mode == "exact") else None
