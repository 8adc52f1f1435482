"""The rows of a printed table: kind, output, parameters and connections, each with its place in the text."""

from __future__ import annotations

import re

from shapecalc.core.record import NamedTuple, Record, replace
from shapecalc.diagnostics.diagnostic import Span

SIZE = r"(?:None|null|-?\d+)"
_SHAPE = re.compile(rf"[\[(]\s*({SIZE}(?:\s*,\s*{SIZE})*+)(?:\s*,)?\s*[\])]")

_AXES = re.compile(
    r"(?:Depthwise|Separable)?(?:Conv|(?:Max|Avg|Average|AdaptiveAvg|AdaptiveMax)Pool(?:ing)?)(?:Transpose)?"
    r"([123])[dD](?:Transpose)?"
)
"""Classes whose name says how many axes a window moves along: a shape has the channels too, and a batch in front."""

Sizes = tuple[int | None, ...]
"""None is open."""


class Connection(NamedTuple):
    """What a row says that it reads."""

    name: str
    """Its beginning alone where the column is too narrow."""
    call: int
    """Which call of that layer."""
    cut: bool
    output: int = 0
    """Which of the tensors that the call gives."""


class PrintedRow(Record):
    """One layer as it is printed."""

    name: str
    kind: str
    """Its class; the beginning of it where the table is too narrow."""
    shape: Sizes
    """Without the batch. Empty where none is printed, or several are."""
    params: int
    span: Span
    depth: int = 0
    """How deep it is nested."""
    again: bool = False
    """Its weights are another row's."""
    connections: tuple[Connection, ...] | None = None
    """What it reads; None where the table has no such column."""
    read: Sizes = ()
    """The shape that it reads, where the table has that."""
    kernel: tuple[int, ...] = ()
    """Height and width of its filter, where the table has that."""
    unbuilt: bool = False
    """The model was printed before it knew its sizes."""
    cut: bool = False
    """Its name is only the beginning of it."""
    kind_cut: bool = False
    """Its class is only the beginning of it."""


class PrintedTable(NamedTuple):
    """All that a table says."""

    framework: str
    """`keras` or `torch`."""
    channels_first: bool
    """Its shapes name the channels before height and width."""
    rows: list[PrintedRow]
    """Rows that hold others among them."""
    cropped: bool
    """Columns are missing on the right: those of connections may be among them."""
    total: int | None
    """Parameters in all, as they are stated below."""
    fixed: int
    """Those of them that are not trained."""
    ended: bool
    """Whether something follows the last row: a rule, the edge of a box, the totals."""
    input_values: tuple[float, float] | None
    """How many values the input has at least and at most, after its size in megabytes."""


def shape_of(cell: str) -> Sizes:
    """The first shape of a cell, as it is printed.

    >>> shape_of("[(None, 20, 30, 3)]")
    (None, 20, 30, 3)
    >>> shape_of("[-1, 64, 112, 112]")
    (None, 64, 112, 112)
    """
    match = _SHAPE.search(cell)
    numbers = [part.strip() for part in match.group(1).split(",")] if match else []
    return tuple(None if n in ("None", "null", "-1") else int(n) for n in numbers)


def without_batch(rows: list[PrintedRow]) -> list[PrintedRow]:
    """The rows with shapes that have no batch: a model may have been called on one sample, whose shapes are whole."""
    known = [(row.shape, int(kind[1])) for row in rows if row.shape and (kind := _AXES.fullmatch(row.kind))]
    if known and all(len(shape) == axes + 1 and None not in shape for shape, axes in known):
        return rows
    return [replace(row, shape=_of_a_sample(row.shape), read=_of_a_sample(row.read)) for row in rows]


def _of_a_sample(shape: Sizes) -> Sizes:
    return shape[1:] if len(shape) != 1 else (shape[0] or 1,)  # a row of values that is no batch; one a sample


def number_of(cell: str) -> int:
    """The number that a cell begins with; 0 for `--`."""
    digits = re.match(r"\s*\(?(\d[\d,]*)", cell)
    return int(digits.group(1).replace(",", "")) if digits else 0


def stated(text: str, words: str) -> int | None:
    """A number below the table: `Total params: 1,685 (6.58 KB)`."""
    found = re.search(rf"{words}:[\s*]*(\d[\d,]*)", text)
    return int(found.group(1).replace(",", "")) if found else None


def parts_of(rows: list[PrintedRow], index: int) -> range:
    """The rows that a row holds: those below it that are deeper."""
    end = index + 1
    while end < len(rows) and rows[end].depth > rows[index].depth:
        end += 1
    return range(index + 1, end)
