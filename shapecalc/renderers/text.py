"""The format for people: a table of every network, its totals, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from shapecalc.display.counts import counts

if TYPE_CHECKING:
    from shapecalc.display.style import Style
    from shapecalc.passes.report import Report


def part(report: Report, style: Style) -> Any:
    """What is said of one network, and the severities of what is wrong with it; with `style.stat` its row."""
    if style.stat:
        from shapecalc.display.stat import stat_row

        return stat_row(report)
    from shapecalc.display.network_text import paragraphs

    return "\n\n".join(paragraphs(report, style, alone=style.alone)), report.severities


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
