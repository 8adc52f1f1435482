"""How many diagnostics of each severity there are, in words."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.core.phrases import counted
from shapecalc.diagnostics.diagnostic import Severity
from shapecalc.display.style import Style, painted


def counts(networks: Sequence[Sequence[Severity]], style: Style) -> str:
    """`1 error, 2 notes`, or `clean`, by the severities of each network; for several how many of them are clean."""
    found = [severity for severities in networks for severity in severities]
    numbers = {severity: found.count(severity) for severity in ("error", "warning", "note")}
    parts = [painted(counted(n, severity), severity, style.color) for severity, n in numbers.items() if n]
    clean_ones = sum(set(severities) <= {"note"} for severities in networks)
    good = painted("clean", "good", style.color)
    if len(networks) == 1:
        return ", ".join([good] * clean_ones + parts)
    if not networks:
        return "no networks"
    return f"{len(networks):,} networks, {clean_ones:,} {good}" + (f": {', '.join(parts)}" if parts else "")


def result(severities: Sequence[Severity]) -> str:
    """`clean`, or how many errors and warnings one network has: a cell of a table."""
    worse = [severity for severity in severities if severity != "note"]
    return ", ".join(counted(worse.count(severity), severity) for severity in dict.fromkeys(sorted(worse))) or "clean"
