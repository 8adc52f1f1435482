"""CSV for spreadsheets: a row a layer, sizes as `55x55x96`, figures for one image as in JSON; empty is unknown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

from shapecalc.display.characters import clean
from shapecalc.display.style import Style
from shapecalc.passes.report import CheckedNetwork, Row

HEADER = ("path", "network", "index", "name", "kind", "text", "input", "output", "params", "macs", "memory", "tiling")
_FORMULA = re.compile(r"[=+@\t\r]|-(?!\d+(\.\d+)?$)")
"""How a cell begins that spreadsheets compute; a negative number is none."""


def render(reports: Sequence[CheckedNetwork], style: Style) -> str:
    """The header, and the rows of all networks."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for report in reports:
        for row in report.rows:
            writer.writerow([_cell(value) for value in _values(report, row)])
    return text.getvalue() if style.unicode else text.getvalue().encode("ascii", "replace").decode("ascii")


def _values(report: CheckedNetwork, row: Row) -> list[Any]:
    memory = None if row.allocated is None else row.allocated * report.conventions.bytes
    inputs = " ".join(str(volume) if volume else "?" for volume in row.inputs)
    return [
        report.source.path, report.name, row.node.index, row.name, row.kind, row.text, inputs, row.output, row.params,
        row.macs, memory, row.tiling,
    ]  # fmt: skip


def _cell(value: Any) -> str:
    text = "" if value is None else clean(str(value))
    # A line that begins with two colons is run by logs of CI, one that begins as a formula by spreadsheets.
    return f"'{text}" if _FORMULA.match(text) or text.lstrip().startswith("::") else text
