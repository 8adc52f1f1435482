"""The table of a report: lines and columns chosen, aligned and painted, for terminals of any width."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from shapecalc.core.record import NamedTuple, Record, replace
from shapecalc.display.columns import COLUMNS, LEAVING, USUAL, Column, Figures, View, figure_text
from shapecalc.display.fold import Sum, TableLine, folded
from shapecalc.display.formatting import BARS, EMPTY, NONE, UNKNOWN, Cell, Piece
from shapecalc.display.style import Style, painted
from shapecalc.display.style import cells as cells_of
from shapecalc.passes.report import Report

_GAP, _BAR_GAP = 2, 1
_SHORTEST_LAYER = 14
"""A layer's text is cut to no less; before that the column is left out."""
_LONG_NAME = 20
"""Longer names are cut where the table does not fit."""


class Form(NamedTuple):
    """What cells depend on beside their row: whether windows have their column, and how long bars are."""

    window_shown: bool
    bar: int


FULL = Form(True, BARS[0])


class Table(Record):
    """The painted lines of a table, and what the text around it has to explain."""

    lines: tuple[str, ...]
    columns: tuple[str, ...]
    """Keys of the columns that are shown."""
    left_out: tuple[str, ...]
    """Keys of those for which there is no room."""
    width: int
    """Terminal cells that the table takes."""
    folds: bool
    """Whether equal iterations were folded."""
    figures: Figures


def table(report: Report, style: Style) -> Table:
    """The table of a report that has rows."""
    grid = _Grid(report, style)
    keys = [k for k in style.columns or USUAL if style.columns or not grid.is_empty(k)]
    choice = _fit(keys, style.width, grid)
    left_out = tuple(k for k in keys if k not in choice.shown)
    folds = any(isinstance(line, Sum) for line in grid.lines)
    return Table(tuple(_draw(choice, style.color)), tuple(choice.shown), left_out, choice.width, folds, grid.figures)


def columns_of(report: Report, style: Style) -> list[tuple[Column, list[Cell]]]:
    """Every column that has something to say, with its cells from top to bottom, the total last."""
    grid = _Grid(report, style)
    keys = [k for k in style.columns or USUAL if style.columns or not grid.is_empty(k)]
    return [(COLUMNS[key], grid.cells(key, FULL)) for key in keys]


# --- cells --------------------------------------------------------------------------------------


class _Grid:
    """All cells of a report, made column by column when they are asked for."""

    def __init__(self, report: Report, style: Style) -> None:
        self.rows = report.rows
        self.label = _label(style.columns or USUAL)
        unfold = style.expand or not self.label
        self.lines = [TableLine(row, row) for row in self.rows] if unfold else folded(self.rows)
        self.figures = Figures(self.rows, report.conventions)
        failing = frozenset(d.layer for d in report.diagnostics if d.severity == "error" and d.layer is not None)
        self.view = View(self.rows, self.figures, style, failing, everything=bool(style.columns))
        self._cells: dict[tuple[str, Form], list[Cell]] = {}
        self._widths: dict[tuple[str, Form], int] = {}

    def cells(self, key: str, form: Form) -> list[Cell]:
        """The cells of a column from top to bottom, the total last."""
        column = COLUMNS[key]
        form = Form(form.window_shown or key != "layer", form.bar if column.bar_of else 0)
        if (key, form) not in self._cells:
            view = replace(self.view, window_shown=form.window_shown, bar=form.bar)
            made = [
                column.cell(line, view) if isinstance(line, TableLine) else self._sum(line, column)
                for line in self.lines
            ]
            if key == self.label:
                made = [
                    (Piece(f"{line.gutter} ", "dim"), *cell) if line.gutter else cell
                    for line, cell in zip(self.lines, made, strict=True)
                ]
            made.append(self._total(column))
            self._cells[key, form] = made
        return self._cells[key, form]

    def width(self, key: str, form: Form) -> int:
        """Terminal cells that a column needs, its title included."""
        if COLUMNS[key].bar_of:
            return form.bar
        if (key, form) not in self._widths:
            widest = max(map(cell_width, set(self.cells(key, form))))
            self._widths[key, form] = max(widest, len(COLUMNS[key].title))
        return self._widths[key, form]

    def is_empty(self, key: str) -> bool:
        """Whether a column has nothing to say of this network."""
        return not any(self.cells(key, FULL)[:-1])

    def _total(self, column: Column) -> Cell:
        if column.key == self.label:
            return (Piece("total", "bold"),)
        return self._figures(column, 0, len(self.rows), "bold")

    def _sum(self, line: Sum, column: Column) -> Cell:
        times = (Piece(f"×{line.iterations:,}", "bold"),) if column.key == self.label else EMPTY
        if column.key == "layer":
            last = line.first_iteration + line.iterations - 1
            part = f"{line.first_iteration:,}–{last:,} of {line.of:,}"
            said = Piece(part if line.iterations < line.of else f"all {line.of:,}", "dim")
            return (*times, Piece(" "), said) if times else (said,)
        return times or self._figures(column, line.start, line.end, "")

    def _figures(self, column: Column, start: int, end: int, style: str) -> Cell:
        """The sum of a column over rows; a plus after it where some of them are unknown."""
        if column.value is None:
            return EMPTY
        values = self.figures.of(column.key)[start:end]
        total = sum(v for v in values if v is not None)
        if not total and (None in values or not style):
            return UNKNOWN if None in values else NONE
        text = Piece(figure_text(total, column, self.view), style)
        return (text, Piece("+", "warning")) if None in values else (text,)


def _label(keys: Sequence[str]) -> str:
    """The column of fold brackets and of the word total: the first of text; none if all are figures."""
    return next((k for k in keys if COLUMNS[k].value is None and not COLUMNS[k].right and COLUMNS[k].title), "")


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


@dataclasses.dataclass(slots=True)
class _Choice:
    """Columns that were chosen, how far texts are cut, and how long bars are."""

    grid: _Grid
    keys: Sequence[str]
    shown: list[str]
    caps: dict[str, int]
    bar: int = BARS[0]

    @property
    def form(self) -> Form:
        """What cells of this choice depend on."""
        return Form("window" in self.shown, self.bar)

    def column_width(self, key: str) -> int:
        """Terminal cells of one column."""
        return self.caps.get(key) or self.grid.width(key, self.form)

    @property
    def width(self) -> int:
        """Terminal cells of all columns beside each other."""
        gaps = sum(_BAR_GAP if COLUMNS[k].bar_of else _GAP for k in self.shown[1:])
        return gaps + sum(map(self.column_width, self.shown))

    def add(self, key: str, room: int) -> None:
        """Shows a column again where it fits; bars only beside their figures."""
        more = [k for k in self.keys if k in self.shown or k == key]
        if (COLUMNS[key].bar_of or key) in more and dataclasses.replace(self, shown=more).width <= room:
            self.shown = more


def _fit(keys: Sequence[str], room: int | None, grid: _Grid) -> _Choice:
    """The columns that fit. Figures are never cut.

    First bars become short and long names are cut; then columns leave in their stated order until the rest fits;
    then what still has room comes back, the text of layers if need be shortened, and bars as long as they can be.
    """
    choice = _Choice(grid, keys, list(keys), {})
    if room is None or choice.width <= room:
        return choice
    choice.bar = BARS[1]
    if "name" in keys and grid.width("name", choice.form) > _LONG_NAME:
        choice.caps["name"] = _LONG_NAME
    for key in LEAVING:
        if key in choice.shown and len(choice.shown) > 1 and choice.width > room:
            choice.shown.remove(key)
    back = [k for k in reversed(LEAVING) if k in keys]
    for key in back:
        if not COLUMNS[key].bar_of:
            choice.add(key, room)
    bars = [k for k in back if COLUMNS[k].bar_of]
    reserve = sum(choice.bar + _BAR_GAP for k in bars if COLUMNS[k].bar_of in choice.shown)
    spare = room - choice.width - reserve - _GAP
    if "layer" in keys and "layer" not in choice.shown and spare >= _SHORTEST_LAYER:
        choice.caps["layer"] = spare
        choice.shown = [k for k in keys if k in choice.shown or k == "layer"]
    for key in bars:
        choice.add(key, room)
    if dataclasses.replace(choice, bar=BARS[0]).width <= room:
        choice.bar = BARS[0]
    return choice


# --- drawing ------------------------------------------------------------------------------------


def _draw(choice: _Choice, color: bool) -> list[str]:
    """The lines: titles, a rule, the rows, a rule, the total."""
    strips = []
    for i, key in enumerate(choice.shown):
        column, width = COLUMNS[key], choice.column_width(key)
        cells = choice.grid.cells(key, choice.form)
        if key in choice.caps:
            cells = [_cut(cell, width) for cell in cells]
        title = (Piece(column.title, "bold"),) if column.title else EMPTY
        gap = " " * (_BAR_GAP if column.bar_of else _GAP) if i else ""
        strips.append(_strip([title, *cells], width, gap, column.right, color))
    titles, *lines, total = ["".join(parts).rstrip(" ") for parts in zip(*strips, strict=True)]
    rule = painted("─" * choice.width, "dim", color)
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
