"""One walk over the rows from last to first: the most bytes that lie there during the backward pass, and where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shapecalc.core.record import NamedTuple
from shapecalc.passes.equal_rows import AskedOnce
from shapecalc.passes.kept_volumes import KeptVolumes
from shapecalc.passes.report import Conventions, Row, unread
from shapecalc.passes.step_memory import LOSS, Moment


def fullest_moment(
    rows: Sequence[Row],
    kept: KeptVolumes,
    conventions: Conventions,
    segments: Sequence[Segment] = (),
) -> Moment:
    """The moment of the backward pass at which most lies there; of several the first.

    Of `segments` all but the last are run again when the walk comes to them, from the volumes that they hold.
    """
    walk = _Walk(rows, kept, conventions)
    *again, last = segments or [Segment(range(len(rows)), frozenset())]
    for segment in (*again, last):
        walk.hold(segment.held)
    for segment in (last, *reversed(again)):
        for index in segment.rows:
            if walk.reached[index]:
                walk.hold(kept.by_row[index])
        if segment.rows:
            walk.look(segment.rows[-1])
        for index in reversed(segment.rows):
            walk.step(rows[index])
        walk.release(segment.held)
    return walk.fullest


class Segment(NamedTuple):
    """Rows that follow one another, and the storages that stay so that they can be run again."""

    rows: range
    held: frozenset[int]


class _Backward(NamedTuple):
    """What a layer states of its backward pass."""

    passed: tuple[bool, ...]
    """For every input that gets a gradient whether that is the layer's own as it is."""
    scratch: int
    """Values of an image that it makes meanwhile."""


def _stated(row: Row) -> _Backward:
    layer, output = row.node.layer, row.output
    volumes = row.volumes
    assert output is not None
    passed = () if layer.learned else tuple([layer.passes_gradient(volume, output) for volume in volumes])
    return _Backward(passed, layer.backward_scratch(*volumes))


def _reached(rows: Sequence[Row]) -> list[bool]:
    """For every row whether a gradient comes to it: what only a LEARNED reads goes as soon as that has run."""
    found = [False] * len(rows)
    for row in unread(rows):
        found[row.node.index] = True
    for row in reversed(rows):
        if found[row.node.index] and not row.node.layer.learned:
            for source in row.node.inputs:
                found[source] = True
    return found


class _Walk:
    """The state of a backward pass between two rows."""

    def __init__(self, rows: Sequence[Row], kept: KeptVolumes, conventions: Conventions) -> None:
        self.rows, self.kept, self.conventions = rows, kept, conventions
        self.reached = _reached(rows)
        self.holders = [0] * len(kept.sizes)
        """By storage how many rows and segments still need it."""
        ends = unread(rows)
        outputs = {kept.output[row.node.index] for row in ends}
        self.ends = sum(kept.sizes[storage] for storage in outputs) + 2 * LOSS
        images = {kept.output[row.node.index] for row in rows if not row.inputs}
        self.not_counted = outputs | images
        self.kept_bytes = 0
        self.weight_gradients = 0
        self.volume_gradients = 0
        self.gradient_sizes: list[int] = []
        self.sharers: list[int] = []
        """For every gradient how many rows have it as theirs: ADD hands on one to all of its inputs."""
        self.gradient_of: dict[int, int] = {}
        """By row the gradient of its output."""
        self.owners: set[int] = set()
        """Rows whose weights have a gradient: those that share them add to it."""
        for row in ends:
            if kept.needs_gradient[row.node.index]:
                self.gradient_of[row.node.index] = self.new_gradient(kept.volume_bytes[row.node.index])
        self.fullest = Moment(len(rows) - 1, 0, 0, 0, 0)
        self.stated = AskedOnce(_stated)

    def hold(self, storages: Iterable[int]) -> None:
        """Storages are needed once more."""
        for storage in storages:
            if not self.holders[storage] and storage not in self.not_counted:
                self.kept_bytes += self.kept.sizes[storage]
            self.holders[storage] += 1

    def release(self, storages: Iterable[int]) -> None:
        """Storages are needed once less; with the last need they go."""
        for storage in storages:
            self.holders[storage] -= 1
            if not self.holders[storage] and storage not in self.not_counted:
                self.kept_bytes -= self.kept.sizes[storage]

    def step(self, row: Row) -> None:
        """The backward pass of a row."""
        index = row.node.index
        gradient = self.gradient_of.pop(index, None)
        if gradient is None:
            return
        stated = self.stated.of(row)
        given = self.give(row, gradient, stated.passed)
        scratch = stated.scratch * self.conventions.batch * self.kept.value_bytes[index]
        self.look(index, scratch + self.give_weights(row))
        self.release(self.kept.by_row[index])
        self.drop(gradient)
        for source, new in given:
            self.receive(index, source, new)

    def give(self, row: Row, gradient: int, passed_on: Sequence[bool]) -> list[tuple[int, int]]:
        """The gradients that a row gives its inputs: new volumes, or its own where that is theirs as it is."""
        given = []
        for source, passed in zip(row.node.inputs, passed_on, strict=False):
            if not self.kept.needs_gradient[source]:
                continue
            if passed:
                self.sharers[gradient] += 1
                given.append((source, gradient))
            else:
                given.append((source, self.new_gradient(self.kept.volume_bytes[source])))
        return given

    def give_weights(self, row: Row) -> int:
        """The gradients of a row's weights come; the bytes of those that are only added to what is there."""
        if not row.used_arrays:
            return 0
        owner = row.node.owner
        size = (self.rows[owner].trainable or 0) * self.conventions.bytes
        if owner in self.owners:
            return size
        self.owners.add(owner)
        self.weight_gradients += size
        return 0

    def receive(self, index: int, source: int, new: int) -> None:
        """A row gets a gradient from one of its readers; where it has one already, their sum is a third volume."""
        old = self.gradient_of.get(source)
        if old is None:
            self.gradient_of[source] = new
            return
        self.gradient_of[source] = self.new_gradient(self.kept.volume_bytes[source])
        self.look(index)
        self.drop(old)
        self.drop(new)

    def look(self, index: int, scratch: int = 0) -> None:
        """Remembers this moment where no earlier one was fuller."""
        volumes = self.volume_gradients + scratch
        if self.kept_bytes + self.weight_gradients + volumes + self.ends > self.fullest.total:
            self.fullest = Moment(index, self.kept_bytes, self.weight_gradients, volumes, self.ends)

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
