"""One line a diagnostic, `path:line:column: severity[code] message`, for editors and grep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from shapecalc.display.excerpt import has_place
from shapecalc.display.style import Style, clean

if TYPE_CHECKING:
    from shapecalc.passes.report import Report


def part(report: Report, style: Style) -> str:
    """A line for every diagnostic."""
    lines = []
    for diagnostic in report.diagnostics:
        source, diagnostic = report.source.located(diagnostic)
        line, column = source.position(diagnostic.span[0])
        place = f"{source.path}:{line}:{column}" if has_place(diagnostic) else source.path
        inner = source.inner_path(diagnostic.span[0])
        message = f"{inner}: {diagnostic.message}" if inner else diagnostic.message
        lines.append(clean(f"{place}: {diagnostic.severity}[{diagnostic.code}] {message}") + "\n")
    return "".join(lines)


def whole(parts: Iterable[str], style: Style) -> Iterator[str]:
    """The lines in the order of the files."""
    yield from parts
