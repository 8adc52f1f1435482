"""The published networks for people: a table, as text and as Markdown, and the list of errata."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapecalc.core.bytes import byte_text
from shapecalc.core.phrases import counted, size_text
from shapecalc.display import wrapping
from shapecalc.display.wrapping import hanging, wrapped
from shapecalc.zoo.entry import ZooEntry

HEADER = ("name", "year", "input", "params", "MACs", "kept", "field", "errata")
_LEFT = (0, 2)
"""Columns that are not numbers."""
_LEAVING = (6, 5, 1, 2, 7, 4)
"""The order in which columns are left out where the terminal is too narrow."""


def cells_of(entry: ZooEntry) -> tuple[str, ...]:
    """What stands in the row of a network."""
    return (
        entry.name,
        str(entry.year or ""),
        size_text(entry.input),
        _count(entry.params),
        _count(entry.macs),
        "?" if entry.kept is None else byte_text(entry.kept),
        _count(entry.field),
        str(len(entry.errata) or ""),
    )


def _count(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def table(entries: Sequence[ZooEntry], width: int | None) -> list[str]:
    """The lines of the table, of at most so many cells."""
    rows = [HEADER, *map(cells_of, entries)]
    return [*wrapping.plain(rows, _LEFT, width=width, leaving=_LEAVING), "", *wrapped(_sum(entries), width)]


def _sum(entries: Sequence[ZooEntry]) -> str:
    errata = sum(len(entry.errata) for entry in entries)
    return f"{counted(len(entries), 'network')}, {counted(errata, 'erratum', 'errata')} in what is published of them"


def markdown(entries: Sequence[ZooEntry]) -> list[str]:
    """The lines of the table in Markdown."""
    return wrapping.markdown([HEADER, *map(cells_of, entries)], _LEFT)


def errata(entries: Sequence[ZooEntry], width: int | None) -> Iterator[str]:
    """Every erratum with its evidence, below its network."""
    for entry in entries:
        if not entry.errata:
            continue
        yield f"{entry.name}: {entry.title}"
        for one in entry.errata:
            where = one["where"] or "the source"
            said = f"{where}: {one['printed']} is printed, {one['right']} is right"
            yield from hanging("  ", said, width)
            yield from hanging("    ", f"{one['provenance']}: {one['evidence']}", width)
        yield ""
    yield from wrapped(_sum([entry for entry in entries if entry.errata]), width)
