"""The table of a report: lines and columns chosen, aligned and painted, for terminals of any width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shapecalc.columns import COLUMNS, LEAVING, USUAL, Column, View, figure_text, largest_figures
from shapecalc.excerpt import cells as cells_of
from shapecalc.fold import Line, Sum, folded, unfolded
from shapecalc.paint import painted
from shapecalc.rendering import Style
from shapecalc.report import Report
from shapecalc.wording import EMPTY, Cell, Piece

_GAP, _BAR_GAP = 2, 1
_SHORTEST_LAYER = 18
"""A layer's text is cut to no less; before that the column is left out."""
_SHORTEST_NAME = 6


@dataclass(frozen=True, slots=True)
class Table:
    """The painted lines of a table, and what the text around it has to explain."""

    lines: tuple[str, ...]
    columns: tuple[str, ...]
    """Keys of the columns that are shown."""
    left_out: tuple[str, ...]
    """Keys of those for which there is no room."""
    cut: bool
    """Whether texts of layers were shortened."""
    folds: bool
    """Whether equal turns were folded."""


def table(report: Report, style: Style) -> Table:
    """The table of a report that has rows."""
    grid = _Grid(report, style)
    keys = [k for k in style.columns or USUAL if style.columns or not grid.is_empty(k)]
    shown, caps = _fit(keys, style.width, grid)
    lines = tuple(_draw(shown, caps, grid, style.color))
    left_out = tuple(k for k in keys if k not in shown)
    folds = any(isinstance(line, Sum) for line in grid.lines)
    return Table(lines, tuple(shown), left_out, "layer" in caps, folds)


# --- cells --------------------------------------------------------------------------------------


class _Grid:
    """All cells of a report, made column by column when they are asked for."""

    def __init__(self, report: Report, style: Style) -> None:
        self.rows = report.rows
        self.lines = unfolded(self.rows) if style.expand else folded(self.rows)
        largest = largest_figures(self.rows, report.conventions)
        self.view = View(self.rows, report.conventions, style, largest, everything=bool(style.columns))
        self._cells: dict[tuple[str, bool], list[Cell]] = {}
        self._widths: dict[tuple[str, bool], int] = {}

    def cells(self, key: str, window_shown: bool) -> list[Cell]:
        """The cells of a column from top to bottom, the total last."""
        place = (key, window_shown or key != "layer")
        if place not in self._cells:
            column, view = COLUMNS[key], replace(self.view, window_shown=place[1])
            made = [
                column.cell(line, view) if isinstance(line, Line) else self._sum(line, column) for line in self.lines
            ]
            made.append(self._total(column))
            self._cells[place] = made
        return self._cells[place]

    def width(self, key: str, window_shown: bool) -> int:
        """Terminal cells that a column needs, its title included."""
        place = (key, window_shown or key != "layer")
        if place not in self._widths:
            widest = max(map(cell_width, set(self.cells(*place))))
            self._widths[place] = max(widest, len(COLUMNS[key].title))
        return self._widths[place]

    def is_empty(self, key: str) -> bool:
        """Whether a column has nothing to say of this network."""
        return not any(self.cells(key, True)[:-1])

    def _total(self, column: Column) -> Cell:
        if column.key == "name":
            return (Piece("total", "bold"),)
        return self._figures(column, 0, len(self.rows), "bold")

    def _sum(self, line: Sum, column: Column) -> Cell:
        if column.key == "name":
            return (Piece(line.gutter, "dim"), Piece(f" ×{line.turns}", "bold"))
        if column.key == "layer":
            last = line.first_turn + line.turns - 1
            turns = f"turns {line.first_turn}–{last} of {line.of}" if line.turns < line.of else "all turns"
            return (Piece(f"sum of {turns}", "dim"),)
        return self._figures(column, line.start, line.end, "")

    def _figures(self, column: Column, start: int, end: int, style: str) -> Cell:
        """The sum of a column over rows; a plus behind it where some of them are unknown."""
        if column.value is None:
            return EMPTY
        values = [column.value(row, self.view.conventions) for row in self.rows[start:end]]
        total = sum(v for v in values if v is not None)
        if not total and None not in values and start < end and style == "":
            return (Piece("–", "dim"),)
        text = Piece(figure_text(total, column, self.view), style)
        return (text, Piece("+", "warning")) if None in values else (text,)


def cell_width(cell: Cell) -> int:
    """Terminal cells that a cell takes."""
    return sum(cells_of(piece.text) for piece in cell)


def _cut(cell: Cell, width: int) -> Cell:
    """A cell of at most so many terminal cells, with `…` where it was shortened."""
    if cell_width(cell) <= width:
        return cell
    kept, room = [], width - 1
    for piece in cell:
        end = 0
        while end < len(piece.text) and cells_of(piece.text[: end + 1]) <= room:
            end += 1
        kept.append(Piece(piece.text[:end], piece.style))
        room -= cells_of(piece.text[:end])
        if end < len(piece.text):
            break
    return (*kept, Piece("…", "dim"))


# --- columns that fit ---------------------------------------------------------------------------


def _fit(keys: Sequence[str], width: int | None, grid: _Grid) -> tuple[list[str], dict[str, int]]:
    """The columns that fit, and to how much texts must be cut. Figures are never cut.

    Columns leave in their stated order until the rest fits; then what still has room comes back.
    """
    shown = list(keys)
    if width is None or _needed(shown, grid) <= width:
        return shown, {}
    for key in LEAVING:
        if key in shown and len(shown) > 1 and _needed(shown, grid) > width:
            shown.remove(key)
    bars = [k for k in LEAVING if COLUMNS[k].bar_of]
    shown = _return([k for k in reversed(LEAVING) if k not in bars], shown, keys, width, grid)
    caps = _shortened(shown, keys, width, grid)
    if caps:
        shown = [k for k in keys if k in shown or k in caps]
    return _return(bars[::-1], shown, keys, width, grid, caps), caps


def _needed(shown: Sequence[str], grid: _Grid, caps: dict[str, int] | None = None) -> int:
    """Terminal cells that columns take beside each other."""
    caps = caps or {}
    total = sum(caps.get(k) or grid.width(k, "window" in shown) for k in shown)
    return total + sum(_BAR_GAP if COLUMNS[k].bar_of else _GAP for k in shown[1:])


def _return(
    candidates: Sequence[str],
    shown: list[str],
    keys: Sequence[str],
    width: int,
    grid: _Grid,
    caps: dict[str, int] | None = None,
) -> list[str]:
    """The shown columns with those of the candidates that fit beside them."""
    for key in candidates:
        if key not in keys or key in shown or (COLUMNS[key].bar_of or key) not in (*shown, key):
            continue
        more = [k for k in keys if k in shown or k == key]
        if _needed(more, grid, caps) <= width:
            shown = more
    return shown


def _shortened(shown: Sequence[str], keys: Sequence[str], width: int, grid: _Grid) -> dict[str, int]:
    """How far the text of layers, or as a last resort names, must be cut to fit."""
    spare = width - _needed(shown, grid)
    if spare < 0 and "name" in shown:
        return {"name": max(_SHORTEST_NAME, grid.width("name", True) + spare)}
    if "layer" in keys and "layer" not in shown and spare - _GAP >= _SHORTEST_LAYER:
        return {"layer": spare - _GAP}
    return {}


# --- drawing ------------------------------------------------------------------------------------


def _draw(shown: list[str], caps: dict[str, int], grid: _Grid, color: bool) -> list[str]:
    """The lines: titles, a rule, the rows, a rule, the total."""
    strips = []
    for i, key in enumerate(shown):
        column = COLUMNS[key]
        width = min(grid.width(key, "window" in shown), caps.get(key, 10**9))
        cells = grid.cells(key, "window" in shown)
        if key in caps:
            cells = [_cut(cell, width) for cell in cells]
        title = (Piece(column.title, "bold"),) if column.title else EMPTY
        gap = " " * (_BAR_GAP if column.bar_of else _GAP) if i else ""
        strips.append(_strip([title, *cells], width, gap, column.right, color))
    titles, *lines, total = ["".join(parts).rstrip(" ") for parts in zip(*strips, strict=True)]
    rule = painted("─" * _needed(shown, grid, caps), "dim", color)
    return [titles, rule, *lines, rule, total]


def _strip(cells: Sequence[Cell], width: int, gap: str, right: bool, color: bool) -> list[str]:
    """The cells of a column, painted and filled up to its width, with the gap to the column before."""
    strip = []
    drawn: dict[Cell, str] = {}
    for cell in cells:
        text = drawn.get(cell)
        if text is None:
            inner = "".join(painted(p.text, p.style, color) for p in cell)
            room = " " * (width - cell_width(cell))
            text = drawn[cell] = f"{gap}{room}{inner}" if right else f"{gap}{inner}{room}"
        strip.append(text)
    return strip
