"""The columns of the table: a registry of what each shows of a row, and in which order narrow terminals lose them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shapecalc.core.bytes import byte_text
from shapecalc.core.phrases import size_text
from shapecalc.core.record import Record
from shapecalc.core.window import decimal
from shapecalc.diagnostics.spelling import did_you_mean
from shapecalc.display import formatting
from shapecalc.display.fold import TableLine
from shapecalc.display.style import Style, clean
from shapecalc.passes.memory import im2col
from shapecalc.passes.report import Conventions, ReceptiveField, Row

TILING_MARKS = {
    "exact": ("", ""),
    "subsamples": (":", "dim"),
    "trims-padding": ("~", "note"),
    "drops-pixels": ("✗", "error"),
}
"""By class: the sign before the quotient, and its style."""


class Figures:
    """The figures of all rows by column, computed once when they are asked for."""

    def __init__(self, rows: Sequence[Row], conventions: Conventions) -> None:
        self._rows, self._conventions = rows, conventions
        self._found: dict[str, list[int | None]] = {}
        self._largest: dict[str, int] = {}

    def of(self, key: str) -> list[int | None]:
        """The figures of a column, in the order of the rows; None is unknown."""
        if key not in self._found:
            value = COLUMNS[key].value
            assert value is not None, f"{key} is not a column of figures"
            self._found[key] = [value(row, self._conventions) for row in self._rows]
        return self._found[key]

    def largest(self, key: str) -> int:
        """The largest figure of a column, against which bars are drawn."""
        if key not in self._largest:
            self._largest[key] = max((v for v in self.of(key) if v is not None), default=0)
        return self._largest[key]


class View(Record):
    """What a cell may depend on beside its row."""

    rows: Sequence[Row]
    figures: Figures
    style: Style
    failing: frozenset[int] = frozenset()
    """Layers that an error points at."""
    window_shown: bool = True
    bar: int = formatting.BARS[0]
    """Cells of a bar."""
    everything: bool = False
    """Whether cells that have nothing to complain about are filled in too: the column was asked for."""


RowFigure = Callable[[Row, Conventions], int | None]


class Column(Record):
    """One column: `cell` says what is in a line; figures also have `value`, from which sums are made."""

    key: str
    title: str
    about: str
    cell: Callable[[TableLine, View], formatting.Cell]
    value: RowFigure | None = None
    right: bool = False
    unit: str = ""
    """`bytes` for figures that are shown with a unit."""
    bar_of: str = ""
    """The column that the bars belong to, directly after it."""


def check_columns(names: Sequence[str]) -> None:
    """Raises ValueError for a name that is no column, with the nearest one and a list of all; or for a repeated one."""
    for i, name in enumerate(names):
        if name not in COLUMNS:
            hint = " ".join(filter(None, (did_you_mean(name, list(COLUMNS)), f"there are {', '.join(COLUMNS)}")))
            raise ValueError(f"there is no column '{clean(name)}'; {hint}")
        if name in names[:i]:
            raise ValueError(f"the column '{name}' is given twice")


# --- cells --------------------------------------------------------------------------------------


def figure_cell(value: int | None, column: Column, view: View) -> formatting.Cell:
    """A figure; a dash for nothing, a question mark for unknown."""
    if value is None:
        return formatting.UNKNOWN
    return (formatting.Piece(figure_text(value, column, view)),) if value else formatting.NONE


def figure_text(value: int, column: Column, view: View) -> str:
    """A figure as the column shows it."""
    return byte_text(value, view.style.units, 2, aligned=True) if column.unit == "bytes" else f"{value:,}"


def _name(line: TableLine, view: View) -> formatting.Cell:
    node = line.row.node
    return (formatting.Piece(clean(node.name), "error" if node.index in view.failing else ""),)


def _layer(line: TableLine, view: View) -> formatting.Cell:
    row = line.row
    text = formatting.Piece(clean(row.node.text))
    assumed = formatting.assumed_cell(row, window_shown=view.window_shown) if row.node.assumed else formatting.EMPTY
    return (text, *assumed, *_origin(row, view))


def _origin(row: Row, view: View) -> formatting.Cell:
    """Where a layer reads from, unless it is simply the line above."""
    inputs = row.node.inputs
    if not inputs or inputs == (row.node.index - 1,):
        return formatting.EMPTY
    names = [clean(view.rows[i].node.name) for i in inputs]
    shown = ", ".join(names) if len(names) <= 2 else f"{len(names)} branches"
    return (formatting.Piece(f" ← {shown}", "dim"),)


def _input(line: TableLine, view: View) -> formatting.Cell:
    texts = [formatting.volume_text(v, view.style.layout) if v else "?" for v in line.row.inputs]
    if len(texts) > 1 and len(set(texts)) == 1:
        return (formatting.Piece(f"{len(texts)} of {texts[0]}"),)
    return (formatting.Piece(" + ".join(texts)),) if texts else formatting.NONE


def _volume(line: TableLine, view: View) -> formatting.Cell:
    row = line.row
    if row.output is None:
        return formatting.UNKNOWN
    text = formatting.Piece(formatting.volume_text(row.output, view.style.layout))
    return (text, formatting.STAR) if formatting.volume_is_assumed(row) else (text,)


def _tiling(line: TableLine, view: View) -> formatting.Cell:
    row = line.row
    if row.tiling is None or (row.tiling == "exact" and not view.everything):
        return formatting.EMPTY
    sign, style = TILING_MARKS[row.tiling]
    quotients = [decimal(t.quotient) for t in row.tilings]
    if len(set(quotients)) == 1:
        quotients = quotients[:1]
    return (formatting.Piece(f"{sign} {' x '.join(quotients)}".lstrip(), style),)


def _field_text(field: ReceptiveField) -> str:
    if field.status == "whole input":
        return "all"
    return size_text(axis.size for axis in field.axes)


def _step_text(field: ReceptiveField) -> str:
    if field.status == "whole input":
        return "–"
    steps = [f"{axis.step}" for axis in field.axes]
    return steps[0] if len(set(steps)) == 1 else size_text(steps)


def _from_to(text: Callable[[ReceptiveField], str]) -> Callable[[TableLine, View], formatting.Cell]:
    """What the first and the last layer of a line have, said once where it is the same."""

    def cell(line: TableLine, view: View) -> formatting.Cell:
        known = (text(row.field) if row.field else "?" for row in (line.row, line.last))
        return (formatting.Piece(" … ".join(dict.fromkeys(known))),)

    return cell


def _im2col(line: TableLine, view: View) -> formatting.Cell:
    size = im2col(line.row)
    return (formatting.Piece(f"{size[0]}x{size[1]}"),) if size else formatting.EMPTY


def _memory(row: Row, conventions: Conventions) -> int | None:
    values = _of_batch(row.allocated, conventions)
    return None if values is None else values * conventions.bytes


def _of_batch(value: int | None, conventions: Conventions) -> int | None:
    return None if value is None else value * conventions.batch


def _text(key: str, about: str, cell: Callable[[TableLine, View], formatting.Cell], right: bool = False) -> Column:
    return Column(key, key, about, cell, right=right)


def _figure(key: str, about: str, value: RowFigure, unit: str = "") -> Column:
    def cell(line: TableLine, view: View) -> formatting.Cell:
        return figure_cell(view.figures.of(key)[line.row.node.index], column, view)

    column = Column(key, key, about, cell, value, right=True, unit=unit)
    return column


def _bars(of: str, style: str) -> Column:
    def cell(line: TableLine, view: View) -> formatting.Cell:
        value, largest = view.figures.of(of)[line.row.node.index], view.figures.largest(of)
        bar = formatting.bar_text(value, largest, view.bar) if value and largest else ""
        return (formatting.Piece(bar, style),) if bar else formatting.EMPTY

    return Column(f"{of}-bar", "", f"{of} as a bar, against the largest row", cell, bar_of=of)


# --- the registry -------------------------------------------------------------------------------

COLUMNS: dict[str, Column] = {
    c.key: c
    for c in (
        _text("name", "what diagnostics and JSON call the layer", _name),
        _text("layer", "the layer as it is written, and where it reads from", _layer),
        _text("input", "volumes that go in", _input),
        _text("volume", "volume that comes out", _volume),
        _text("window", "extent/stride and padding", lambda line, _: formatting.window_cell(line.row)),
        _text("tiling", "exact quotient if it is not an integer or something is left over", _tiling),
        _figure("weights", "weights without biases", lambda row, _: row.weights),
        _figure("biases", "biases", lambda row, _: row.biases),
        _figure("params", "weights and biases", lambda row, _: row.params),
        _bars("params", "params"),
        _figure("buffers", "running statistics, which are not trained", lambda row, _: row.buffers),
        _figure("macs", "multiply-accumulates", lambda row, c: _of_batch(row.macs, c)),
        _figure("activations", "values of the output", lambda row, c: _of_batch(row.activations, c)),
        _figure("memory", "bytes of the output; none where the layer works in place", _memory, "bytes"),
        _bars("memory", "memory"),
        _figure("kept", "bytes kept for the backward pass, and by no layer before", lambda row, _: row.kept, "bytes"),
        _text("receptive", "receptive field", _from_to(_field_text)),
        _text("stride", "how many input positions lie between neighbouring outputs", _from_to(_step_text), right=True),
        _text("im2col", "rows and columns of the im2col buffer, for one image", _im2col),
    )
}
"""Every column by key."""

USUAL = ("name", "layer", "volume", "window", "tiling", "params", "params-bar", "macs", "memory", "memory-bar")
"""The columns that are shown when none are chosen."""

LEAVING = (
    "memory-bar", "params-bar", "kept", "im2col", "stride", "receptive", "buffers", "biases", "weights", "activations",
    "input", "window", "layer", "memory", "macs", "tiling", "params",
)  # fmt: skip
"""The order in which columns are left out where the terminal is too narrow; name and volume always stay."""
