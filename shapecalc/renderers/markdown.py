"""Markdown for a job's summary or a pull request: a table of networks, and what is wrong with each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from shapecalc.core.bytes import byte_text
from shapecalc.core.named_tuple import NamedTuple
from shapecalc.diagnostics.diagnostic import Severity
from shapecalc.display.annotations import annotated
from shapecalc.display.characters import clean
from shapecalc.display.counts import counts
from shapecalc.display.repository_path import repository_path
from shapecalc.display.style import Style
from shapecalc.passes.report import CheckedNetwork

_HEADER = ("network", "file", "layers", "params", "MACs", "training memory", "result")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+.!|~>@:-])")
"""What Markdown or GitHub reads as more than text."""


class Part(NamedTuple):
    """What is said of one network."""

    row: str
    diagnostics: list[str]
    found: list[Severity]


def part(report: CheckedNetwork, style: Style) -> Part:
    """A row of the table, and a list of what is wrong."""
    shown = list(annotated(report, style))
    lines = ["", f"**{_text(repository_path(report.source.path))}**", ""] if shown else []
    for a in shown:
        first, *more = a.message.split("\n")
        lines.append(f"- **{a.diagnostic.severity} {a.diagnostic.code}** line {a.line}: {_text(first)}")
        lines += [f"  - {_text(sentence)}" for sentence in more]
    return Part(f"| {' | '.join(_row(report, style))} |", lines, report.severities)


def whole(parts: Iterable[Part], style: Style) -> Iterator[str]:
    """The table, then a list for every network that is not clean, then the sums."""
    found = [Part(*one) for one in parts]
    lines = ["### shapecalc", "", f"| {' | '.join(_HEADER)} |", f"|{'---|' * len(_HEADER)}"]
    lines += [one.row for one in found]
    lines += [line for one in found for line in one.diagnostics]
    lines += ["", _text(counts([one.found for one in found], Style()))]
    yield "\n".join(lines) + "\n"


def _row(report: CheckedNetwork, style: Style) -> Iterator[str]:
    totals = report.totals
    yield _text(report.name)
    yield _text(repository_path(report.source.path))
    yield f"{len(report.rows):,}"
    for figure in (totals.params, totals.macs) if totals else (None, None):
        yield "unknown" if figure is None else f"{figure:,}"
    training = totals.memory.training if totals else None
    yield "unknown" if training is None else byte_text(training, style.units, 2)
    yield "ok" if report.ok else "**errors**"


def _text(text: str) -> str:
    """A text in which nothing is markup, HTML, a mention or a link."""
    escaped = _SPECIAL.sub(r"\\\1", clean(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;")
