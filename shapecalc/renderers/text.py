"""The format for people: a table of every network, its totals, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.display.excerpt import render as excerpt
from shapecalc.display.style import Style
from shapecalc.display.summary import counts, header, legend, notes_in_short, totals_lines
from shapecalc.display.table import table
from shapecalc.passes.report import Report


def part(report: Report, style: Style) -> Any:
    """What is said of one network, and the severities of what is wrong with it; with `style.stat` its row."""
    if style.stat:
        from shapecalc.display.stat import stat_row

        return stat_row(report)
    return "\n\n".join(_paragraphs(report, style, alone=style.alone)), report.severities


def whole(parts: Iterable[Any], style: Style) -> Iterator[str]:
    """All networks, one after the other, and a line that sums up what was found."""
    if style.stat:
        from shapecalc.display.stat import sorted_rows, stat_text

        yield stat_text(sorted_rows(parts, style.sort), style)
        return
    wide = "\n\n" if style.quiet else "\n\n\n"
    found, gap = [], ""
    for text, severities in parts:
        found.append(severities)
        if text:
            yield gap + text
            gap = wide
    yield (gap if len(found) > 1 else gap and "\n\n") + counts(found, style) + "\n"


def _paragraphs(report: Report, style: Style, *, alone: bool) -> list[str]:
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
