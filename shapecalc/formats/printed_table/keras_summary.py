"""Keras' `model.summary()`: columns of spaces (1 and 2) or of boxes (3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shapecalc.diagnostics.diagnostic import Span
from shapecalc.formats.printed_table.printed_rows import Connection, PrintedRow, number_of, shape_of

_CONNECTION = re.compile(r"(?<![\w./:-])([\w./:-]++)\[(\d+)\]\[(\d+)\]")
_CUT_CALL = re.compile(r"\[(\d+)\]")
_CUT = re.compile(r"[\[…,\]'\"].*")
LONGEST = 200
"""Characters of a name that are looked at for its class."""
INDENT = 3
"""Characters by which Keras 3 moves rows that are inside of others."""
_ROW = re.compile(
    r"\s*(\S+(?: {1,3}\([^()]*\)?)?)\s+([\[(]+(?:None|-?\d)[^()\[\]]*[\])]+|multiple|\?)\s+(\d[\d,]*)(?:\s+(.*))?"
)
"""A row that is whole: its name and class, its size, its parameters, what it reads."""
_EDGE = ("└", "+=", "Total params")


@dataclass(slots=True)
class _Cells:
    """The texts of one row, line by line."""

    span: Span
    columns: list[list[str]]
    depth: int

    def joined(self, place: int) -> str:
        """A cell that was broken where it was full."""
        return "".join(self.lines(place))

    def lines(self, place: int) -> list[str]:
        """The lines of a cell; none where the table has no such column."""
        return [line.strip() for line in self.columns[place]] if 0 <= place < len(self.columns) else []


def boxed_rows(head: str, lines: list[tuple[int, str]]) -> Iterator[PrintedRow]:
    """Keras 3: cells between │, a row on one line or several."""
    titles = [title.strip() for title in re.split("[┃│|]", head)[1:-1]]
    cells: _Cells | None = None
    for at, line in [*lines, (0, "└")]:
        bar = "│" if "│" in line else "|"
        if line.count(bar) > len(titles):
            inner = line[line.index(bar) + 1 : line.rindex(bar)].split(bar)
            cells = cells or _Cells((at, at), [[] for _ in inner], max(inner[0].find("└"), 0) // INDENT)
            cells.span = (cells.span[0], at + len(line))
            for column, cell in zip(cells.columns, inner, strict=False):
                column.append(cell.strip(" └"))
        elif cells:
            yield _row(cells, titles, boxed=True)
            cells = None
        if line.lstrip().startswith(_EDGE) and (at, line) != lines[0]:  # `+===+` may be below the titles, too
            return


def _column(titles: list[str], title: str) -> int:
    return next((place for place, text in enumerate(titles) if text.title().startswith(title.title())), -1)


def _connections(line: str) -> Iterator[Connection]:
    """`conv2d[0][0], add[0][0]`, and the beginning of one before `…`."""
    yield from (Connection(name, int(call), False, int(output)) for name, call, output in _CONNECTION.findall(line))
    rest = _CONNECTION.sub("", line).lstrip(" ,")
    name, call = _CUT.sub("", rest), _CUT_CALL.search(rest)
    if name.strip("-"):
        yield Connection(name, int(call.group(1)) if call else 0, "[" not in rest)


def aligned_rows(head: str, lines: list[tuple[int, str]]) -> Iterator[PrintedRow]:
    """Keras 1 and 2: columns of spaces; what has no parameters goes on with the row above."""
    starts = [match.start() for match in re.finditer(r"\S+(?: \S+)*", head)]
    titles = [match.group() for match in re.finditer(r"\S+(?: \S+)*", head)]
    param = _column(titles, "Param")
    cells: _Cells | None = None
    for at, line in lines:
        if line.lstrip("|> \t").startswith("Total params"):
            break
        depth = len(line) - len(line.lstrip("|"))
        plain = re.sub(r"^\|+|\|+$", lambda bars: " " * len(bars.group()), line)
        whole = _ROW.fullmatch(plain.rstrip())
        there, known = len(starts), _ROW.groups
        if whole and param == 2 and (there == known or (there < known and not whole[4])):  # wherever a hand has put it
            parts = [whole[place] or "" for place in range(1, there + 1)]
        else:
            parts = [plain[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)]
        if set(line.strip()) <= set("=_-¯|"):
            continue
        if re.match(r"\d", parts[param]) and parts[0]:
            if cells:
                yield _row(cells, titles, boxed=False)
            cells = _Cells((at, at), [[] for _ in parts], depth)
        if cells:
            cells.span = (cells.span[0], at + len(line))
            for column, part in zip(cells.columns, parts, strict=True):
                column.append(part)
    if cells:
        yield _row(cells, titles, boxed=False)


def _row(cells: _Cells, titles: list[str], *, boxed: bool) -> PrintedRow:
    """A row by its texts, the first of which is `conv1 (Conv2D)`; in boxes each thing that it reads has its line."""
    place, shape = _column(titles, "Connected to"), cells.joined(_column(titles, "Output Shape"))
    reads = cells.lines(place) if boxed else [cells.joined(place)]
    connections = tuple(one for text in reads for one in _connections(text)) if place >= 0 else None
    params = "".join(cells.lines(_column(titles, "Param"))[: None if boxed else 1])
    first, _, kind = cells.joined(0).partition("(")
    kind_cut = not kind.endswith(")")
    kind = re.sub(r"[^\w.].*", "", kind.rstrip(")")).rpartition(".")[2]
    kind = kind or re.sub(r".*_([A-Z]\w*?)\d+", r"\1", first.strip()[:LONGEST])  # max_pooling2d_MaxPooling2D1
    unbuilt = "unbuilt" in params or shape.strip() == "?"
    return PrintedRow(
        first.strip(" …"), kind, shape_of(shape), number_of(params), cells.span, cells.depth,
        connections=connections, unbuilt=unbuilt, cut="…" in first, kind_cut=kind_cut,
    )  # fmt: skip
