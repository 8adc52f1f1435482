"""A report as HTML for notebooks: the table, the totals, and what is wrong. Everything of the text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from shapecalc.display.columns import Column
from shapecalc.display.counts import counts
from shapecalc.display.excerpt import render
from shapecalc.display.formatting import Cell
from shapecalc.display.style import Style, clean
from shapecalc.display.summary import header, notes_in_short, totals_lines
from shapecalc.display.table import columns_of
from shapecalc.passes.report import CheckedNetwork

_CSS = {
    "bold": "font-weight:bold",
    "dim": "opacity:.6",
    "error": "color:#c62828;font-weight:bold",
    "warning": "color:#b26a00",
    "note": "color:#00838f",
    "params": "color:#1565c0",
    "memory": "color:#8e24aa",
}
"""How a notebook shows the styles of a terminal."""


def html_table(network: CheckedNetwork) -> str:
    """One `<div>`, complete without scripts and links."""
    style = Style()
    parts = [_paragraph(header(network, style)[:1])]
    if network.rows:
        parts += [_table(columns_of(network, style)), _preformatted(totals_lines(network, style))]
    shown = [d for d in network.diagnostics if d.severity != "note"]
    notes = [d for d in network.diagnostics if d.severity == "note"]
    parts += [_preformatted([render(d, network.source)]) for d in shown]
    parts.append(_paragraph([*notes_in_short(network, notes, style), counts([network.severities], style)]))
    return f"<div>{''.join(filter(None, parts))}</div>"


def _table(columns: Sequence[tuple[Column, Sequence[Cell]]]) -> str:
    titles = "".join(f"<th{_aligned(column)}>{escape(column.title)}</th>" for column, _ in columns)
    *lines, total = [
        "".join(f"<td{_aligned(column)}>{_cell(cell)}</td>" for (column, _), cell in zip(columns, line, strict=True))
        for line in zip(*(cells for _, cells in columns), strict=True)
    ]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody><tfoot><tr>{total}</tr></tfoot></table>"


def _aligned(column: Column) -> str:
    return f' style="text-align:{"right" if column.right else "left"};white-space:pre"'


def _cell(cell: Cell) -> str:
    pieces = []
    for text, style in cell:
        shown = escape(clean(text))
        pieces.append(f'<span style="{_CSS[style]}">{shown}</span>' if style in _CSS else shown)
    return "".join(pieces)


def _paragraph(lines: Iterable[str]) -> str:
    return f"<p>{'<br>'.join(map(escape, lines))}</p>"


def _preformatted(lines: Iterable[str]) -> str:
    text = "\n".join(lines)
    return f"<pre>{escape(text)}</pre>" if text else ""
