"""One walk over the rows from last to first: the most bytes that lie there during the backward pass, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from shapecalc.passes.kept_volumes import KeptVolumes
from shapecalc.passes.report import Conventions, Row
from shapecalc.passes.step_memory import LOSS, Moment


def fullest_moment(rows: Sequence[Row], kept: KeptVolumes, conventions: Conventions, ends: Sequence[Row]) -> Moment:
    """The moment of the backward pass, which begins at `ends`, at which most lies there; of several the first."""
    walk = _Walk(rows, kept, conventions, ends)
    for row in reversed(rows):
        walk.step(row)
    return walk.fullest


class _Walk:
    """The state of a backward pass between two rows."""

    def __init__(self, rows: Sequence[Row], kept: KeptVolumes, conventions: Conventions, ends: Sequence[Row]) -> None:
        self.rows, self.kept, self.conventions = rows, kept, conventions
        self.holders = Counter(storage for storages in kept.by_row for storage in storages)
        outputs = {kept.output[row.node.index] for row in ends}
        self.ends = sum(kept.sizes[storage] for storage in outputs) + 2 * LOSS
        images = set() if conventions.amp else {kept.output[row.node.index] for row in rows if not row.inputs}
        self.not_counted = outputs | images
        self.kept_bytes = sum(kept.sizes[s] for s in self.holders if s not in self.not_counted)
        self.weight_gradients = 0
        self.volume_gradients = 0
        self.gradient_sizes: list[int] = []
        self.sharers: list[int] = []
        """For every gradient how many rows have it as theirs: ADD hands on one to all of its inputs."""
        self.gradient_of: dict[int, int] = {}
        """By row the gradient of its output."""
        for row in ends:
            if kept.needs_gradient[row.node.index]:
                self.gradient_of[row.node.index] = self.new_gradient(self.bytes_of(row))
        self.fullest = Moment(len(rows) - 1, 0, 0, 0, 0)
        self.look(len(rows) - 1)

    def step(self, row: Row) -> None:
        """The backward pass of a row."""
        index = row.node.index
        gradient = self.gradient_of.pop(index, None)
        if gradient is None:
            return
        given = self.give(row, gradient)
        self.weight_gradients += (row.trainable or 0) * self.conventions.bytes
        self.look(index, self.scratch(row))
        for storage in self.kept.by_row[index]:
            self.holders[storage] -= 1
            if not self.holders[storage] and storage not in self.not_counted:
                self.kept_bytes -= self.kept.sizes[storage]
        self.drop(gradient)
        for source, new in given:
            self.receive(index, source, new)

    def give(self, row: Row, gradient: int) -> list[tuple[int, int]]:
        """The gradients that a row gives its inputs: new volumes, or its own where that is theirs as it is."""
        given = []
        layer, output = row.node.layer, row.output
        assert layer is not None
        assert output is not None
        for source, volume in zip(row.node.inputs, row.inputs, strict=True):
            if not self.kept.needs_gradient[source]:
                continue
            assert volume is not None
            if layer.passes_gradient(volume, output):
                self.sharers[gradient] += 1
                given.append((source, gradient))
            else:
                size = volume.size * self.conventions.batch * self.conventions.activation_bytes
                given.append((source, self.new_gradient(size)))
        return given

    def receive(self, index: int, source: int, new: int) -> None:
        """A row gets a gradient from one of its readers; where it has one already, their sum is a third volume."""
        old = self.gradient_of.get(source)
        if old is None:
            self.gradient_of[source] = new
            return
        self.gradient_of[source] = self.new_gradient(self.bytes_of(self.rows[source]))
        self.look(index)
        self.drop(old)
        self.drop(new)

    def scratch(self, row: Row) -> int:
        """Bytes of the volumes that a row makes meanwhile."""
        assert row.node.layer is not None
        values = row.node.layer.backward_scratch(*(v for v in row.inputs if v))
        return values * self.conventions.batch * self.conventions.activation_bytes

    def look(self, index: int, scratch: int = 0) -> None:
        """Remembers this moment where no earlier one was fuller."""
        now = Moment(index, self.kept_bytes, self.weight_gradients, self.volume_gradients + scratch, self.ends)
        if now.total > self.fullest.total:
            self.fullest = now

    def new_gradient(self, size: int) -> int:
        """The number of a new gradient of so many bytes, which one row has."""
        self.gradient_sizes.append(size)
        self.sharers.append(1)
        self.volume_gradients += size
        return len(self.sharers) - 1

    def drop(self, gradient: int) -> None:
        """One row less has a gradient."""
        self.sharers[gradient] -= 1
        if not self.sharers[gradient]:
            self.volume_gradients -= self.gradient_sizes[gradient]

    def bytes_of(self, row: Row) -> int:
        """Bytes of a row's output."""
        return (row.activations or 0) * self.conventions.batch * self.conventions.activation_bytes
