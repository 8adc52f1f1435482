"""Rows to lines: equal consecutive iterations of a repeat are folded into one, with a line under it that sums them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from shapecalc.core.record import NamedTuple
from shapecalc.passes.report import Row


class TableLine(NamedTuple):
    """A row of the table that shows a layer; where iterations are folded, `last` is its row in the last iteration."""

    row: Row
    last: Row
    gutter: str = ""
    """Brackets of the folds that the line is in, outermost first."""


class Sum(NamedTuple):
    """The line under a folded block: rows start … end of the report, so many equal iterations."""

    start: int
    end: int
    iterations: int
    first_iteration: int
    of: int
    """Iterations of the whole repeat."""
    gutter: str = ""


def folded(rows: Sequence[Row]) -> list[TableLine | Sum]:
    """Lines with equal iterations folded from the inside out, wherever that makes the table shorter."""
    folder = _Folder(rows)
    lines: list[TableLine | Sum] = []
    for part in folder.parts(0, len(rows), 0):
        _write(part, rows, 0, "", "", lines)
    deepest = max((len(line.gutter) for line in lines), default=0)
    return [line._replace(gutter=line.gutter.ljust(deepest)) for line in lines] if deepest else lines


@dataclass(slots=True)
class _Fold:
    """Equal iterations: the parts of the first, and how far the last lies after it."""

    parts: list[_Part]
    start: int
    end: int
    count: int
    first_iteration: int
    of: int
    height: int
    """Lines that it takes when it is folded, its sum included."""


_Part = int | _Fold
"""The index of a row, or a fold."""


@dataclass(slots=True)
class _Iteration:
    start: int
    end: int
    parts: list[_Part]
    signature: int


class _Folder:
    """Gives every row and every iteration a number, so that equal ones are found by comparing numbers."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.numbers: dict[Hashable, int] = {}
        self.signatures = [self._number(_key(row)) for row in rows]

    def _number(self, key: Hashable) -> int:
        return self.numbers.setdefault(key, len(self.numbers))

    def parts(self, start: int, end: int, depth: int) -> Iterator[_Part]:
        """What rows start … end are shown as, with repeats at `depth` and deeper folded."""
        at = start
        while at < end:
            if iterations := [*self._iterations(at, end, depth)]:
                yield from self._fold(iterations, depth)
                at = iterations[-1].end
            else:
                yield at
                at += 1

    def _iterations(self, start: int, end: int, depth: int) -> Iterator[_Iteration]:
        """The iterations of the repeat that begins at a row; one that counts from 1 again is of another repeat."""
        at = start
        previous = None
        while at < end and len(self.rows[at].node.loops) > depth:
            loop = self.rows[at].node.loops[depth]
            if previous is not None and loop != previous._replace(iteration=previous.iteration + 1):
                break
            first, previous = at, loop
            while at < end and self.rows[at].node.loops[depth : depth + 1] == (loop,):
                at += 1
            parts = [*self.parts(first, at, depth + 1)]
            yield _Iteration(first, at, parts, self._signature(parts))

    def _signature(self, parts: list[_Part]) -> int:
        def of(p: _Part) -> Hashable:
            return self.signatures[p] if isinstance(p, int) else (p.count, p.of, self._signature(p.parts))

        return self._number(tuple(map(of, parts)))

    def _fold(self, iterations: list[_Iteration], depth: int) -> Iterator[_Part]:
        """The iterations with equal ones that follow each other folded, where that is shorter."""
        for _, group in groupby(iterations, key=attrgetter("signature")):
            same = [*group]
            first, count = same[0], len(same)
            height = sum(1 if isinstance(p, int) else p.height for p in first.parts) + 1
            if count * (height - 1) > height:
                loop = self.rows[first.start].node.loops[depth]
                yield _Fold(first.parts, first.start, same[-1].end, count, loop.iteration, loop.count, height)
            else:
                yield from (part for iteration in same for part in iteration.parts)


def _key(row: Row) -> Hashable:
    """All that makes two rows look the same; how windows tile follows from them and the inputs."""
    node = row.node
    return _OF_NODE(node), tuple(node.index - i for i in node.inputs), _OF_ROW(row)


_OF_NODE = attrgetter("kind", "text", "assumed")
_OF_ROW = attrgetter("inputs", "output", "windows", "weights", "biases", "buffers", "macs", "in_place")


def _write(
    part: _Part, rows: Sequence[Row], shift: int, opening: str, inside: str, lines: list[TableLine | Sum]
) -> None:
    """Appends the lines of a part: `opening` is the gutter of its first line, `inside` of the others."""
    if isinstance(part, int):
        lines.append(TableLine(rows[part], rows[part + shift], opening))
        return
    iteration = (part.end - part.start) // part.count
    deeper = shift + iteration * (part.count - 1)
    gutter = f"{opening}┌"
    for inner in part.parts:
        _write(inner, rows, deeper, gutter, f"{inside}│", lines)
        gutter = f"{inside}│"
    lines.append(Sum(part.start, part.end, part.count, part.first_iteration, part.of, f"{inside}└"))
