"""Lays chains out in lines, with brackets on lines of their own where a line would be too long."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.language.fragment import Fragment

WIDTH = 88
"""Columns of a line; comments do not count."""
STEP = 2
"""Columns that a continuation or the inside of brackets is moved in."""


def lines_of(chain: Sequence[Fragment], indent: int = 0, head: str = "", *, fill: bool = True) -> list[str]:
    """A chain as lines, broken at comments and where its author broke it.

    Beyond that, with `fill`, where there is no more room, which opens brackets too; else at every arrow if any line is
    too long.
    """
    rows = _filled_rows(chain, indent, head) if fill else _rows(chain)
    if not fill and any(len(row) > 1 and _too_long(row, *_margin(n, indent, head)) for n, row in enumerate(rows)):
        rows = [[part] for part in chain]
    lines: list[str] = []
    for n, row in enumerate(rows):
        left, lead = _margin(n, indent, head)
        lines += [" " * left + comment for comment in row[0].leading]
        if row[0].chains and (row[0].opened or (len(row) == 1 and _too_long(row, left, lead))):
            lines += _opened(row[0], left, lead, fill)
        else:
            lines.append(" " * left + lead + " => ".join(part.line for part in row))
        if row[-1].trailing:
            lines[-1] += f"  {row[-1].trailing}"
    return lines


def _margin(row: int, indent: int, head: str) -> tuple[int, str]:
    """Where a row of a chain begins, and what with."""
    return (indent + STEP, "=> ") if row else (indent, head)


def _rows(chain: Sequence[Fragment]) -> list[list[Fragment]]:
    """The parts of each line: comments and open brackets break lines as well as the author does."""
    rows: list[list[Fragment]] = []
    for place, part in enumerate(chain):
        before = chain[place - 1]
        if place == 0 or part.apart or part.leading or part.opened or before.opened or before.trailing:
            rows.append([])
        rows[-1].append(part)
    return rows


def _filled_rows(chain: Sequence[Fragment], indent: int, head: str) -> list[list[Fragment]]:
    """As many parts on a line as there is room for; what no line has room for stands alone."""
    rows: list[list[Fragment]] = []
    for part in chain:
        if not rows or _too_long([*rows[-1], part], *_margin(len(rows) - 1, indent, head)):
            rows.append([])
        rows[-1].append(part)
    return rows


def _too_long(row: Sequence[Fragment], left: int, lead: str) -> bool:
    return left + len(lead) + sum(len(part.line) + 4 for part in row) - 4 > WIDTH


def _opened(part: Fragment, left: int, lead: str, fill: bool) -> list[str]:
    """An item whose brackets are on lines of their own, its inside moved in between them."""
    lines = [f"{' ' * left}{lead}{part.text}["]
    inner = " " * (left + STEP)
    for place, chain in enumerate(part.chains):
        head = "| " if place else ""
        lines += lines_of(chain, left + STEP, head, fill=fill) if chain else [f"{inner}|"] * (place > 0)
    lines += [inner + comment for comment in part.tail]
    if part.names:
        lines += _with_values(f"{inner}for {part.names} in ", part.values, inner + " " * STEP)
    return [*lines, f"{' ' * left}]{part.suffix}"]


def _with_values(head: str, values: Sequence[str], margin: str) -> list[str]:
    """Values on as many lines as they need."""
    lines = [head + values[0]]
    for value in values[1:]:
        if len(lines[-1]) + len(value) + 3 <= WIDTH:
            lines[-1] += f", {value}"
        else:
            lines[-1] += ","
            lines.append(margin + value)
    return lines
