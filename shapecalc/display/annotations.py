"""What formats for code review share: which diagnostics they show, and where these are in the repository."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.core.record import NamedTuple
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.display.repository_path import repository_path
from shapecalc.display.style import Style, clean
from shapecalc.passes.report import CheckedNetwork


class Annotation(NamedTuple):
    """A diagnostic with its place: lines and columns from 1 in code points, the end exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    """In one paragraph a sentence: what is wrong, notes, help."""
    diagnostic: Diagnostic
    text: str
    """The line of the source, without its newline."""


def annotated(report: CheckedNetwork, style: Style) -> Iterator[Annotation]:
    """Errors and warnings of a network, notes too where they are asked for."""
    for diagnostic in report.diagnostics:
        if style.notes or diagnostic.severity != "note":
            yield _annotation(diagnostic, report)


def _annotation(diagnostic: Diagnostic, report: CheckedNetwork) -> Annotation:
    source, diagnostic = report.source.located(diagnostic)
    line, column = source.position(diagnostic.span[0])
    end_line, end_column = source.position(max(diagnostic.span))
    if (end_line, end_column) <= (line, column):
        end_line, end_column = line, column + 1
    inner = source.inner_path(diagnostic.span[0])
    head = f"{inner}: {diagnostic.message}" if inner else diagnostic.message
    parts = [head, *(f"note: {n}" for n in diagnostic.notes), *(f"help: {h}" for h in diagnostic.help)]
    message = "\n".join(clean(part) for part in parts)
    text = source.line(line) if source.text and not inner else ""
    return Annotation(repository_path(source.path), line, column, end_line, end_column, message, diagnostic, text)
