"""The published networks for people: a table, as text and as Markdown, and the list of errata."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapecalc.core.bytes import byte_text
from shapecalc.core.phrases import counted
from shapecalc.display.characters import cells
from shapecalc.display.wrapping import hanging
from shapecalc.zoo.entry import ZooEntry

HEADER = ("name", "year", "input", "params", "MACs", "kept", "field", "errata")
_LEFT = (0, 2)
"""Columns that are not numbers."""


def cells_of(entry: ZooEntry) -> tuple[str, ...]:
    """What stands in the row of a network."""
    return (
        entry.name,
        str(entry.year or ""),
        "x".join(map(str, entry.input)),
        _count(entry.params),
        _count(entry.macs),
        "?" if entry.kept is None else byte_text(entry.kept),
        _count(entry.field),
        str(len(entry.errata) or ""),
    )


def _count(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def table(entries: Sequence[ZooEntry]) -> list[str]:
    """The lines of the table."""
    return [*columns([HEADER, *map(cells_of, entries)], _LEFT), "", _sum(entries)]


def _sum(entries: Sequence[ZooEntry]) -> str:
    errata = sum(len(entry.errata) for entry in entries)
    return f"{counted(len(entries), 'network')}, {counted(errata, 'erratum', 'errata')} in what is published of them"


def columns(rows: Sequence[Sequence[str]], left: Sequence[int]) -> list[str]:
    """Rows with their cells below each other and a rule under the first; columns not in `left` end alike."""
    widths = [max(cells(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = []
    for row in rows:
        padded = [
            text + " " * (width - cells(text)) if at in left else " " * (width - cells(text)) + text
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return [lines[0], "─" * (sum(widths) + 2 * (len(widths) - 1)), *lines[1:]]


def markdown(entries: Sequence[ZooEntry]) -> list[str]:
    """The lines of the table in Markdown."""
    marks = ["---" if at in _LEFT else "---:" for at in range(len(HEADER))]
    return [f"| {' | '.join(HEADER)} |", f"|{'|'.join(marks)}|", *(f"| {' | '.join(cells_of(e))} |" for e in entries)]


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
    yield _sum([entry for entry in entries if entry.errata])


def errata_markdown(entries: Sequence[ZooEntry]) -> list[str]:
    """The errata as a table in Markdown."""
    rows = [
        (e.name, one["where"], one["printed"], one["right"], f"{one['evidence']} ({one['provenance']})")
        for e in entries
        for one in e.errata
    ]
    head = ("network", "where", "printed", "right", "evidence")
    safe = [[text.replace("|", "\\|").replace("<", "&lt;") for text in row] for row in (head, *rows)]
    lines = [f"| {' | '.join(row)} |" for row in safe]
    return [lines[0], "|---" * len(head) + "|", *lines[1:]]
