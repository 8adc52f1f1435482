"""Grades how the windows of a layer tile their input."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Severity
from shapecalc.passes.report import Row


def rounding_of(row: Row, rounding: str | None) -> str | None:
    """How strictly a layer is to tile: as it says itself, else as the whole network does."""
    return row.node.layer.rounding or rounding


def grade(row: Row, rounding: str | None, *, strict: bool) -> tuple[str, Severity] | None:
    """Code and severity of how a layer's windows tile their input; None where there is nothing to say."""
    if not row.tilings:
        return None
    mode = rounding_of(row, rounding)
    inexact = any(t.quotient.denominator != 1 for t in row.tilings)
    match row.tiling:
        case "drops-pixels":
            if strict or mode == "exact":
                return "SHP201", "error"
            return "SHP201", "note" if row.is_claimed else "warning" if mode == "floor" else "error"
        case "trims-padding":
            return "SHP202", "error" if strict or mode == "exact" else "note"
        case "subsamples":
            return ("SHP204", "error") if inexact and mode == "exact" else ("SHP203", "note")
    return ("SHP204", "error") if inexact and (strict or mode == "exact") else None
