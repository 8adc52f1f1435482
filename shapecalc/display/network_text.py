"""One network for people: a table, its totals, and what is wrong with it."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.display.counts import counts
from shapecalc.display.excerpt import render as excerpt
from shapecalc.display.style import Style
from shapecalc.display.summary import header, legend, notes_in_short, totals_lines
from shapecalc.display.table import table
from shapecalc.passes.report import Report


def paragraphs(report: Report, style: Style, *, alone: bool) -> list[str]:
    """What is said of one network, in paragraphs."""
    blocks: list[list[str]] = []
    if report.rows and not style.quiet:
        shown = table(report, style)
        blocks.append(header(report, style))
        blocks.append([*shown.lines, *legend(report, shown, style)])
        blocks.append(totals_lines(report, style))
    blocks += _diagnostics(report, style, alone=alone)
    if not alone and not style.quiet:
        blocks.append([counts([report.severities], style)])
    return ["\n".join(lines) for lines in blocks if lines]


def _diagnostics(report: Report, style: Style, *, alone: bool) -> list[list[str]]:
    """Errors and warnings in full, notes counted unless they are asked for."""
    full: list[Diagnostic] = []
    short: list[Diagnostic] = []
    for diagnostic in report.diagnostics:
        counted = diagnostic.severity == "note" and not style.notes
        (short if counted else full).append(diagnostic)
    blocks = [[excerpt(d, report.source, color=style.color, width=style.width)] for d in full]
    return [*blocks, notes_in_short(report, short, style, named=style.quiet and not alone)]
