"""The names of a network's layers, each with its layer, for whoever wants to ask for one."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.core.phrases import shortened
from shapecalc.display.characters import cells, clean
from shapecalc.passes.report import CheckedNetwork


def name_lines(report: CheckedNetwork, width: int | None) -> Iterator[str]:
    """A line a layer: its name, its text, and its volume."""
    pad = max((cells(clean(row.name)) for row in report.rows), default=0)
    for row in report.rows:
        name, volume = clean(row.name), "unknown" if row.output is None else str(row.output)
        room = 60 if width is None else max(width - pad - len(volume) - 4, 12)
        yield f"{name}{'':{pad - cells(name)}}  {shortened(clean(row.text), room)}  {volume}"
