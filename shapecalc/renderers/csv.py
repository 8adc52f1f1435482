"""CSV for spreadsheets: a row a layer, sizes as `55x55x96`, figures for one image as in JSON; empty is unknown.

A file that cannot be read has one row, without a layer.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from shapecalc.display.repository_path import repository_path
from shapecalc.display.style import Style, clean
from shapecalc.passes.report import CheckedNetwork, Row

HEADER = ("path", "name", "kind", "network", "index", "text", "input", "output", "tiling", "params", "macs", "memory")
_FORMULA = re.compile(r"[=+@\t\r]|-(?!\d+(\.\d+)?$)")
"""How a cell begins that spreadsheets compute; a negative number is none."""


def part(report: CheckedNetwork, style: Style) -> Any:
    """A row for every layer, as a text; with `style.stat` the one of the network."""
    if style.stat:
        from shapecalc.display.stat import stat_row

        return stat_row(report)
    path = repository_path(report.source.path)
    return _lines(_values(path, report, row) for row in report.rows) or _lines([_unread(path, report)])


def whole(parts: Iterable[Any], style: Style) -> Iterator[str]:
    """The header, and the rows of all networks."""
    if style.stat:
        from shapecalc.display.stat import STAT_HEADER, sorted_rows

        yield _lines([STAT_HEADER, *(row.cells() for row in sorted_rows(parts, style.sort))])
        return
    yield _lines([HEADER])
    yield from parts


def _lines(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _values(path: str, report: CheckedNetwork, row: Row) -> list[Any]:
    memory = None if row.allocated is None else row.allocated * report.conventions.bytes
    inputs = " ".join(str(volume) if volume else "?" for volume in row.inputs)
    return [
        path, row.name, row.kind, report.name, row.node.index, row.text, inputs, row.output, row.tiling, row.params,
        row.macs, memory,
    ]  # fmt: skip


def _unread(path: str, report: CheckedNetwork) -> list[Any]:
    """A row without a layer, so that a file that cannot be read is not missing."""
    known = {"path": path, "network": report.name}
    return [known.get(column) for column in HEADER]


def _cell(value: Any) -> str:
    text = "" if value is None else clean(str(value))
    # A line that begins with two colons is run by logs of CI, one that begins as a formula by spreadsheets.
    return f"'{text}" if _FORMULA.match(text) or text.lstrip().startswith("::") else text
