"""The rows of a printed table: kind, output, parameters and connections, each with its place in the text."""

from __future__ import annotations

import re

from shapecalc.core.record import NamedTuple, Record
from shapecalc.diagnostics.diagnostic import Span

SIZE = r"(?:None|null|-?\d+)"
_SHAPE = re.compile(rf"[\[(]\s*({SIZE}(?:\s*,\s*{SIZE})*+)(?:\s*,)?\s*[\])]")

Sizes = tuple[int | None, ...]
"""Without the batch; None is open."""


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
    """Empty where none is printed, or several are."""
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
    """The first shape of a cell, without the batch.

    >>> shape_of("[(None, 20, 30, 3)]")
    (20, 30, 3)
    >>> shape_of("[(None,)]")
    (1,)
    >>> shape_of("[-1, 64, 112, 112]")
    (64, 112, 112)
    """
    match = _SHAPE.search(cell)
    numbers = [part.strip() for part in match.group(1).split(",")] if match else []
    if len(numbers) == 1:
        return (int(numbers[0]) if numbers[0].isdigit() else 1,)  # a row of values that is no batch; one a sample
    return tuple(None if n in ("None", "null", "-1") else int(n) for n in numbers[1:])


def number_of(cell: str) -> int:
    """The number that a cell begins with; 0 for `--`."""
    digits = re.match(r"\s*\(?(\d[\d,]*)", cell)
    return int(digits.group(1).replace(",", "")) if digits else 0


def stated(text: str, words: str) -> int | None:
    """A number below the table: `Total params: 1,685 (6.58 KB)`."""
    found = re.search(rf"{words}:\s*(\d[\d,]*)", text)
    return int(found.group(1).replace(",", "")) if found else None


def parts_of(rows: list[PrintedRow], index: int) -> range:
    """The rows that a row holds: those below it that are deeper."""
    end = index + 1
    while end < len(rows) and rows[end].depth > rows[index].depth:
        end += 1
    return range(index + 1, end)
