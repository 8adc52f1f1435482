"""Fixes that rules of thumb offer, each tried on the text: what does not help, or breaks something, is not offered.

Loaded only where there is such a fix.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnostic, Effect, Fix, Source
from shapecalc.passes.report import CheckedNetwork

MOST, MOST_LAYERS = 10, 5_000
"""Fixes of a text that are tried, and layers that are checked for them; one is tried in any case. The others are found
once these are written."""
WITH_ERRORS, ERRORS = 4, 10
"""A check that finds errors takes so many times as long, as changes are tried for them, and so many errors take as
long as the layers once more."""

Again = Callable[[Source], list[CheckedNetwork]]
"""The reports of a changed text, none of their fixes tried."""


def with_tried_fixes(reports: list[CheckedNetwork], again: Again, prefix: str) -> list[CheckedNetwork]:
    """The reports with the fixes alone that make their diagnostic go, and no error come; each with its effect.

    Only fixes of codes with a prefix are tried.
    """
    errors = _errors(reports)
    times = WITH_ERRORS + errors // ERRORS if errors else 1
    left = min(MOST, 1 + MOST_LAYERS // (1 + times * sum(len(report.rows) for report in reports)))
    found = []
    for report in reports:
        kept = []
        for diagnostic in report.diagnostics:
            if diagnostic.fixes and diagnostic.code.startswith(prefix):
                fixes = [_tried(fix, diagnostic, reports, again) for fix in diagnostic.fixes] if left > 0 else []
                left -= len(diagnostic.fixes)
                diagnostic = replace(diagnostic, fixes=tuple(filter(None, fixes)))
            kept.append(diagnostic)
        found.append(replace(report, diagnostics=tuple(kept)))
    return found


def _tried(fix: Fix, diagnostic: Diagnostic, reports: list[CheckedNetwork], again: Again) -> Fix | None:
    """The fix with its effect; None where it does not help."""
    source = reports[0].source
    after = again(replace(source, text=fix.applied_to(source.text)))
    fewer = _count(after, diagnostic.code) < _count(reports, diagnostic.code)
    if not fewer or _errors(after) > _errors(reports) or any(report.totals is None for report in after):
        return None
    params, macs = (now - then for now, then in zip(_sums(after), _sums(reports), strict=True))
    return replace(fix, effect=Effect(0, params, macs))


def _count(reports: Sequence[CheckedNetwork], code: str) -> int:
    return sum(d.code == code for report in reports for d in report.diagnostics)


def _errors(reports: Sequence[CheckedNetwork]) -> int:
    return sum(report.severities.count("error") for report in reports)


def _sums(reports: Sequence[CheckedNetwork]) -> tuple[int, int]:
    """Parameters and multiply-accumulates of all."""
    totals = [report.totals for report in reports if report.totals]
    return sum(t.params or 0 for t in totals), sum(t.macs or 0 for t in totals)
