"""The rows of a printed table: kind, output and parameters, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from shapecalc.diagnostics.diagnostic import Span

_SHAPE = re.compile(r"[\[(]\s*((?:None|-?\d+)(?:\s*,\s*(?:None|-?\d+))*)\s*,?\s*[\])]")
_TORCHSUMMARY = re.compile(r"\s*([A-Za-z]\w*)-(\d+)\s+(\[[^\]]*\])\s+([\d,]+)\s*$")
_TORCHINFO = re.compile(r"[│├└─\s|+-]*([A-Za-z]\w*)(?:\s*\(([^)]*)\))?(?::\s*(\d+)-\d+)?(?=\s|$)")


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """One layer as it is printed."""

    name: str
    kind: str
    """Its class; the beginning of it where the table is too narrow."""
    shape: tuple[int | None, ...]
    """Without the batch; None is open. Empty where none is printed."""
    params: int
    span: Span
    depth: int = 0
    """How deep it is nested."""
    again: bool = False
    """Its weights are another row's."""


def printed_rows(text: str) -> tuple[str, list[PrintedRow]]:
    """Who counts its channels where, `keras` or `torch`, and the rows that hold no others."""
    lines = _lines(text)
    head = next(n for n, (_, line) in enumerate(lines) if "Layer (type" in line and "Param" in line)
    columns = lines[head][1]
    below = lines[head + 1 :]
    if any(re.match(r"├─\w", line) for _, line in below):
        return "torch", _leaves([*_torchinfo(columns, below)])
    if "│" in "".join(line for _, line in below[:3]) or "┃" in columns:
        return "keras", [*_boxed(below)]
    found = [row for span, line in below if (row := _torchsummary(span, line))]
    return ("torch", found) if found else ("keras", [*_aligned(columns, below)])


def _lines(text: str) -> list[tuple[int, str]]:
    """Each line with where it begins."""
    found, at = [], 0
    for line in text.splitlines(keepends=True):
        found.append((at, line.rstrip("\r\n")))
        at += len(line)
    return found


def _shape(cell: str) -> tuple[int | None, ...]:
    """The first shape of a cell, without the batch."""
    match = _SHAPE.search(cell)
    numbers = [part.strip() for part in match.group(1).split(",")] if match else []
    return tuple(None if n in ("None", "-1") else int(n) for n in numbers[1:])


def _number(cell: str) -> int:
    digits = re.match(r"\s*\(?([\d,]+)", cell)
    return int(digits.group(1).replace(",", "")) if digits else 0


def _torchsummary(at: int, line: str) -> PrintedRow | None:
    match = _TORCHSUMMARY.match(line)
    if match is None:
        return None
    kind, number, shape, params = match.groups()
    return PrintedRow(f"{kind}-{number}", kind, _shape(shape), _number(params), (at, at + len(line)))


def _torchinfo(columns: str, lines: list[tuple[int, str]]) -> Iterator[PrintedRow]:
    output, param = columns.index("Output Shape"), columns.index("Param")
    for at, line in lines:
        if re.match(r"\s*(Total params|={5})", line) and len(line.strip("= \t")) > 0:
            return
        match = _TORCHINFO.match(line[:output])
        if match is None:
            continue
        kind, name, _ = match.groups()
        cell = line[param : param + 24]
        span, depth = (at, at + len(line)), match.start(1)
        yield PrintedRow(name or "", kind, _shape(line[output:]), _number(cell), span, depth, "recursive" in cell)


def _leaves(rows: list[PrintedRow]) -> list[PrintedRow]:
    """Rows that hold no others, and those that own parameters beside those of the rows that they hold."""
    followers = [*rows[1:], replace(rows[-1], depth=-1)] if rows else []
    return [row for row, after in zip(rows, followers, strict=True) if after.depth <= row.depth]


def _boxed(lines: list[tuple[int, str]]) -> Iterator[PrintedRow]:
    """Keras 3: cells between │, a row on one line or several."""
    cells: list[list[str]] = []
    span = (0, 0)
    for at, line in [*lines, (0, "└")]:
        if "│" in line:
            inner = line[line.index("│") + 1 : line.rindex("│")].split("│")
            span = (span[0] if cells else at, at + len(line))
            cells.append([cell.strip() for cell in inner])
        elif cells:
            joined = ["".join(column) for column in zip(*cells, strict=False)]
            yield _named_row(joined[0], joined[1], joined[2], span)
            cells = []
        if line.lstrip().startswith("└"):
            return


def _aligned(columns: str, lines: list[tuple[int, str]]) -> Iterator[PrintedRow]:
    """Keras 2: columns of spaces; what has no parameters goes on with the row above."""
    output, param = columns.index("Output Shape"), columns.index("Param")
    pending: tuple[str, str, str, Span] | None = None
    for at, line in lines:
        if line.startswith("Total params"):
            break
        name, shape, params = line[:output].strip(), line[output:param].strip(), line[param : param + 12].strip()
        if re.match(r"\d", params) and name:
            if pending:
                yield _named_row(*pending)
            pending = (name, shape, params, (at, at + len(line)))
        elif pending and (name or shape) and not set(line.strip()) <= set("=_-"):
            pending = (pending[0] + name, pending[1] + shape, pending[2], (pending[3][0], at + len(line)))
    if pending:
        yield _named_row(*pending)


def _named_row(name: str, shape: str, params: str, span: Span) -> PrintedRow:
    """`conv1 (Conv2D)`."""
    first, _, kind = name.partition("(")
    kind = re.sub(r"[^\w.].*", "", kind.rstrip(")")).rpartition(".")[2] or first.strip()
    return PrintedRow(first.strip(" …"), kind, _shape(shape), _number(params), span)
