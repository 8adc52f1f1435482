"""What a training step keeps between the passes: which storage every volume lies in, and who keeps which of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from shapecalc.core.kept import Device, Kept
from shapecalc.core.layer import Layer, Volume
from shapecalc.core.layout import Layout, contiguous
from shapecalc.core.record import Record
from shapecalc.passes.equal_rows import AskedOnce
from shapecalc.passes.report import Conventions, Row


class KeptVolumes(Record, frozen=False):
    """The storages of a forward pass, by number, and what every row keeps of them. Bytes are of a whole batch."""

    sizes: list[int]
    """Bytes of every storage."""
    output: list[int]
    """The storage that the output of a row lies in."""
    is_view: list[bool]
    """Whether it is that of its input."""
    needs_gradient: list[bool]
    """Whether the output of a row needs a gradient."""
    value_bytes: list[int]
    """Bytes of a value of the output of a row."""
    volume_bytes: list[int]
    """Bytes of the output of a row where it lies in a storage of its own."""
    by_row: list[tuple[int, ...]]
    """The storages that a row keeps for its backward pass, each once."""

    def new_bytes(self) -> Iterator[int]:
        """For every row the bytes that no row before kept, so that they add up to all that is kept."""
        seen = bytearray(len(self.sizes))
        for kept in self.by_row:
            new = [s for s in kept if not seen[s]]
            yield self.sizes[new[0]] if len(new) == 1 else sum([self.sizes[s] for s in new])
            for storage in new:
                seen[storage] = 1


_NOTHING = Kept()
HALF, FULL = 2, 4
"""Bytes of a value in mixed precision."""


def keep_volumes(rows: Sequence[Row], conventions: Conventions) -> KeptVolumes:
    """What every row keeps, in the order in which rows run. Raises ValueError for rows whose volume is unknown."""
    run = _Run(rows, conventions)
    for row in rows:
        run.add(row)
    return run.found


def _kept_by(row: Row, device: Device) -> Kept:
    """What a row keeps that is trained."""
    return row.node.layer.kept(device, *row.volumes)


class _Run:
    """A forward pass: volumes get storages as PyTorch gives them, and a storage is kept once, and whole."""

    def __init__(self, rows: Sequence[Row], conventions: Conventions) -> None:
        self.rows, self.conventions, self.bytes = rows, conventions, conventions.bytes
        self.found = KeptVolumes([], [], [], [], [], [], [])
        self.layouts: list[Layout] = []
        device = conventions.device
        self.kept = AskedOnce(lambda row: _kept_by(row, device))  # without `self`, so that nothing refers to itself
        """What a row keeps where it is trained."""
        self.alone: dict[tuple[Volume, int], tuple[int, Layout]] = {}
        """For a volume with so many bytes a value, how many bytes it has and how it lies in a storage of its own."""

    def add(self, row: Row) -> None:
        """Runs a row."""
        layer, found = row.node.layer, self.found
        if row.output is None:
            raise ValueError(f"{row.node.name} has no volume")
        inputs = row.node.inputs
        trained = any(map(found.needs_gradient.__getitem__, inputs)) or self.trains(row)
        view = layer.training_view(self.layouts[inputs[0]], row.output) if len(inputs) == 1 else None
        size = self.value_bytes(layer, inputs)
        if (row.output, size) not in self.alone:
            self.alone[row.output, size] = self.volume(row.output, size)
        volume_bytes, layout = self.alone[row.output, size]
        found.volume_bytes.append(volume_bytes)
        self.layouts.append(view or layout)
        found.output.append(found.output[inputs[0]] if view else self.new_storage(volume_bytes))
        found.is_view.append(view is not None)
        found.value_bytes.append(size)
        found.needs_gradient.append(trained)
        kept = self.kept.of(row) if trained else _NOTHING
        stored = () if kept is _NOTHING else self.storages(row, kept, trained=trained)
        once = tuple(stored) if len(stored) < 2 else tuple(dict.fromkeys(stored))
        found.by_row.append(found.by_row[-1] if found.by_row[-1:] == [once] else once)  # RELU => CONV keep one volume

    def value_bytes(self, layer: Layer, inputs: Sequence[int]) -> int:
        """Bytes of a value of a layer's output."""
        if not self.conventions.amp or not inputs:
            return self.bytes
        if layer.precision == "widest":
            return max(self.found.value_bytes[i] for i in inputs)
        return HALF if layer.precision == "half" else FULL

    def trains(self, row: Row) -> bool:
        """Whether a row has weights that are trained, its own or those that it shares."""
        return bool(self.rows[row.node.owner].trainable)

    def storages(self, row: Row, kept: Kept, *, trained: bool) -> list[int]:
        """The storages that a row keeps, new ones for what is made besides."""
        layer, index = row.node.layer, row.node.index
        found = [self.read(i, kept, layer) for i in self.kept_inputs(row, kept)]
        if kept.result:
            found.append(self.found.output[index])
        batch, size = self.conventions.batch, self.found.value_bytes[index]
        alone = kept.values_of_one if batch == 1 else 0
        made = [(batch * kept.values + alone) * size, kept.values_of_batch * self.bytes, batch * kept.bytes]
        if self.conventions.amp and trained and layer.precision == "half":
            made += [HALF * a.size for a in row.weight_arrays if a.role == "kernel"]
        return found + [self.new_storage(each) for each in made if each]

    def kept_inputs(self, row: Row, kept: Kept) -> Sequence[int]:
        """The inputs that are kept."""
        inputs = row.node.inputs
        if kept.inputs or (kept.factors and self.trains(row)):
            return inputs if kept.only is None else inputs[kept.only : kept.only + 1]
        if not kept.factors:
            return ()
        needing = [i for i in inputs if self.found.needs_gradient[i]]
        # A factor is kept for its partners' sake; one that is there twice is its own partner.
        return [i for i in inputs if len(needing) > 1 or (needing and needing[0] != i)]

    def read(self, index: int, kept: Kept, layer: Layer) -> int:
        """The storage of an input as a row keeps it: its own, or that of a copy in one piece or of another type."""
        layout, size = self.layouts[index], self.found.value_bytes[index]
        wanted = {"half": HALF, "full": FULL}.get(layer.precision, size) if self.conventions.amp else size
        if wanted != size or (kept.in_one_piece and not layout.is_contiguous):
            return self.new_storage(prod(layout.shape) * wanted)
        return self.found.output[index]

    def volume(self, volume: Volume, size: int) -> tuple[int, Layout]:
        """The bytes of a volume in one piece, of so many bytes a value, and how it lies."""
        batch = self.conventions.batch
        return batch * volume.size * size, contiguous((batch, volume.depth, *reversed(volume.spatial)))

    def new_storage(self, size: int) -> int:
        """The number of a new storage of so many bytes."""
        self.found.sizes.append(size)
        return len(self.found.sizes) - 1
