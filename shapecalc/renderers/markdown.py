"""Markdown for a job's summary or a pull request: a table of networks, and what is wrong with each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from shapecalc.core.bytes import byte_text
from shapecalc.core.record import NamedTuple
from shapecalc.diagnostics.diagnostic import Severity
from shapecalc.display.annotations import annotated
from shapecalc.display.counts import counts, result
from shapecalc.display.repository_path import repository_path
from shapecalc.display.style import Style
from shapecalc.display.wrapping import escaped, markdown
from shapecalc.passes.report import CheckedNetwork

_HEADER = ("network", "file", "layers", "params", "MACs", "training memory", "result")


class Part(NamedTuple):
    """What is said of one network."""

    row: Sequence[str]
    diagnostics: list[str]
    found: list[Severity]


def part(report: CheckedNetwork, style: Style) -> Part:
    """A row of the table, and a list of what is wrong."""
    shown = list(annotated(report, style))
    lines = ["", f"**{escaped(repository_path(report.source.path))}**", ""] if shown else []
    for a in shown:
        first, *more = a.message.split("\n")
        lines.append(f"- **{a.diagnostic.severity} {a.diagnostic.code}** line {a.line}: {escaped(first)}")
        lines += [f"  - {escaped(sentence)}" for sentence in more]
    return Part(list(_row(report, style)), lines, report.severities)


def whole(parts: Iterable[Part], style: Style) -> Iterator[str]:
    """The table, then a list for every network that is not clean, then the sums."""
    found = [Part(*one) for one in parts]
    lines = ["### shapecalc", "", *markdown([_HEADER, *(one.row for one in found)], range(len(_HEADER)))]
    lines += [line for one in found for line in one.diagnostics]
    lines += ["", escaped(counts([one.found for one in found], Style()))]
    yield "\n".join(lines) + "\n"


def _row(report: CheckedNetwork, style: Style) -> Iterator[str]:
    totals = report.totals
    yield report.name
    yield repository_path(report.source.path)
    yield f"{len(report.rows):,}"
    for figure in (totals.params, totals.macs) if totals else (None, None):
        yield "unknown" if figure is None else f"{figure:,}"
    training = totals.memory.training if totals else None
    yield "unknown" if training is None else byte_text(training, style.units, 2)
    yield result(report.severities)
