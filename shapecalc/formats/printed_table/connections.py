"""Which rows each row of a Keras summary reads, call by call, from its column `Connected to`."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.core.record import NamedTuple
from shapecalc.formats.printed_table.printed_rows import Connection, PrintedRow, parts_of
from shapecalc.registry import by_name

BEGINNING = 4
"""Letters of a name that are never cut."""

MASKS = frozenset({"NotEqual", "Any"})
"""Functions with which Keras 3 says which steps count."""
RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional"})
WRAPPERS = RECURRENT | {"TimeDistributed"}


class RowRead(NamedTuple):
    """One call of a row that another one reads: of several rows where the name is cut, the likeliest first."""

    rows: tuple[int, ...]
    call: int


Call = tuple[RowRead, ...]
"""What one call of a layer reads."""


class Connected(NamedTuple):
    """The calls of every row that is a layer."""

    calls: dict[int, tuple[Call, ...]]
    ends: dict[int, int]
    """For a row that holds others, the last, where its output is the row's own: Keras 3 leaves out functions."""
    inside: frozenset[int]
    """Rows that another one holds: each call of it gives the same size."""


def connected(rows: Sequence[PrintedRow]) -> Connected:
    """What each row reads. A row without the column reads the one before it."""
    return _Reader(rows).all()


class _Reader:
    def __init__(self, rows: Sequence[PrintedRow]) -> None:
        self.rows = rows
        self.parts = {index: parts for index in range(len(rows)) if (parts := parts_of(list(rows), index))}
        self.parents = {part: index for index, parts in self.parts.items() for part in parts}
        self.called: dict[str, set[int]] = {}
        self.named: dict[str, list[int]] = {}
        self.beginnings: dict[str, list[int]] = {}
        for index, row in enumerate(rows):
            self.beginnings.setdefault(row.name[:BEGINNING], []).append(index)
            if not row.cut:
                self.named.setdefault(row.name, []).append(index)
            for connection in row.connections or ():
                self.called.setdefault(connection.name, set()).add(connection.call)

    def all(self) -> Connected:
        calls: dict[int, tuple[Call, ...]] = {}
        ends: dict[int, int] = {}
        for index, row in enumerate(self.rows):
            found, last = self.calls(index, row), self.parts.get(index, (index,))[-1]
            if last == index:
                calls[index] = found
            elif not row.shape or self.rows[last].shape == row.shape:
                ends[index] = last
            else:
                calls[index] = tuple((RowRead((last,), number),) for number in range(len(found)))
        return Connected(calls, ends, frozenset(self.parents))

    def calls(self, index: int, row: PrintedRow) -> tuple[Call, ...]:
        """Each call of a row; a layer that joins nothing is called once for each thing that it reads."""
        parent = self.parents.get(index)
        if parent is None:
            return self.own_calls(index, row)
        outer = self.calls(parent, self.rows[parent])
        if self.parts[parent][0] == index and not row.connections:
            # The first layer of a part reads what the part reads.
            return outer
        (inner, *_) = self.own_calls(index, row)
        return tuple(tuple(read._replace(call=number) for read in inner) for number in range(len(outer)))

    def own_calls(self, index: int, row: PrintedRow) -> tuple[Call, ...]:
        """Each call of a row that its own column says."""
        if row.connections is None or (not row.connections and index in self.parents):
            return (self.before(index),)
        reads = [self.read(index, one) for n, one in enumerate(row.connections) if not (n and self.is_beside(row, one))]
        itself = any(read.rows == (index,) for read in reads)
        number = len(reads) if itself else self.number_of_calls(row, len(reads))
        size = max(len(reads) // number, 1)
        return tuple(tuple(reads[i : i + size]) for i in range(0, len(reads), size)) or ((),)

    def is_beside(self, row: PrintedRow, connection: Connection) -> bool:
        """Whether what a row reads is no call of its own: a mask, or the first state of a recurrent layer."""
        masks = {self.rows[n].kind for n in self.named.get(connection.name, ())} <= MASKS
        state = connection.output > 0 and row.kind in RECURRENT
        known = by_name(row.kind)
        return state or (
            masks and connection.name in self.named and (row.kind in WRAPPERS or bool(known and not known.type.merges))
        )

    def before(self, index: int) -> Call:
        """The row before it, on its own level."""
        level = self.rows[index].depth
        for other in range(index - 1, -1, -1):
            if self.rows[other].depth <= level:
                return (RowRead((other,), 0),)
        return ()

    def number_of_calls(self, row: PrintedRow, reads: int) -> int:
        known = by_name(row.kind)
        if known is not None and not known.type.merges:
            return max(reads, 1)
        number = len(self.called.get(row.name, ()))
        return number if number > 1 and reads % number == 0 else 1

    def read(self, index: int, connection: Connection) -> RowRead:
        """The rows of a name, nearest in front first; where it is cut, all that begin so."""
        found = [] if connection.cut else self.named.get(connection.name, [])
        if not found:
            alike = self.beginnings.get(connection.name[:BEGINNING], [])
            several = len(self.rows[index].connections or ()) > 1  # calls, of which one may read another
            found = [n for n in alike if (n != index or several) and _may_be(self.rows[n], connection)]
        parent = self.parents.get(index)
        same = [n for n in found if self.parents.get(n) == parent]
        nearest = sorted(same or found, key=lambda n: (n > index, abs(n - index)))
        # A layer that was called before in another model has its first call here under a higher number.
        numbers = sorted(self.called[connection.name])
        return RowRead(tuple(nearest), numbers.index(connection.call))


def _may_be(row: PrintedRow, connection: Connection) -> bool:
    """Whether a name that is cut may be that of a row."""
    whole = row.name.startswith(connection.name) and (connection.cut or row.cut)
    return whole or (row.cut and connection.name.startswith(row.name))
