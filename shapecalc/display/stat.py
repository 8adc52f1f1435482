"""One table of many networks, a row each: for marking homework and for choosing between variants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from shapecalc.core.bytes import byte_text
from shapecalc.core.phrases import size_text
from shapecalc.core.record import NamedTuple
from shapecalc.diagnostics.diagnostic import Severity
from shapecalc.display.counts import counts, result
from shapecalc.display.repository_path import repository_path
from shapecalc.display.style import Style, clean, painted
from shapecalc.display.wrapping import plain
from shapecalc.passes.receptive_field import network_field
from shapecalc.passes.report import CheckedNetwork

STAT_HEADER = ("name", "ok", "input", "params", "macs", "memory", "field", "path")
RESULT = 1
_TITLES = ("name", "result", *STAT_HEADER[2:])
_LEFT = (0, RESULT, 2, 6, 7)
"""Columns that are no numbers."""
_LEAVING = (6, 2, 7, 5, 4)
"""The order in which columns are left out where the terminal is too narrow."""


class StatRow(NamedTuple):
    """A network in the table; None is unknown. Volumes and fields are texts such as 224x224x3."""

    name: str
    severities: Sequence[Severity]
    """Of what was found."""
    input: str | None
    params: int | None
    macs: int | None
    memory: int | None
    """Bytes of one forward pass."""
    field: str | None
    """The receptive field of the network, as `network_field` has it."""
    path: str

    def cells(self) -> tuple[Any, ...]:
        """The values in the order of the header."""
        return (self.name, str("error" not in self.severities).lower(), *self[2:])


def stat_row(report: CheckedNetwork) -> StatRow:
    """The row of a network."""
    totals = report.totals
    inputs = [str(row.output or "?") for row in report.rows if not row.node.inputs]
    field = network_field(report.rows)
    return StatRow(
        report.name,
        report.severities,
        " ".join(inputs) or None,
        totals.params if totals else None,
        totals.macs if totals else None,
        totals.memory.forward if totals else None,
        size_text(axis.size for axis in field.axes) if field else None,
        repository_path(report.source.path),
    )


_KEYS: dict[str, Callable[[StatRow], Any]] = {
    "name": lambda row: (row.name, row.path),
    "params": lambda row: row.params,
    "macs": lambda row: row.macs,
    "memory": lambda row: row.memory,
    "field": lambda row: row.field and max(map(int, row.field.split("x"))),
}
"""By what the rows can be sorted."""


def sorted_rows(rows: Iterable[Sequence[Any]], by: str) -> list[StatRow]:
    """The rows in order, the smallest first and what is unknown last; equal ones by their names."""
    found = sorted((StatRow(*row) for row in rows), key=_KEYS["name"])
    known = [row for row in found if _KEYS[by](row) is not None]
    return [*sorted(known, key=_KEYS[by]), *(row for row in found if row not in known)]


def stat_text(rows: Sequence[StatRow], style: Style) -> str:
    """The table for people, and how many networks are clean."""

    def styled(row: int, column: int, text: str) -> str:
        found = next((s for s in ("error", "warning") if row and s in rows[row - 1].severities), "good")
        return painted(text, "bold" if not row else found if column == RESULT else "", style.color)

    table = [_TITLES, *(tuple(_shown(row, style)) for row in rows)]
    lines = plain(table, _LEFT, styled, width=style.width, leaving=_LEAVING)
    return "\n".join([*lines, "", counts([row.severities for row in rows], style)]) + "\n"


def _shown(row: StatRow, style: Style) -> Iterator[str]:
    yield clean(row.name)
    yield result(row.severities)
    yield row.input or "?"
    for figure in (row.params, row.macs):
        yield "?" if figure is None else f"{figure:,}"
    yield "?" if row.memory is None else byte_text(row.memory, style.units, 2)
    yield row.field or "?"
    yield clean(row.path)
