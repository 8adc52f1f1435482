"""The memory of one training step: what is kept, what gradients and the optimizer take, its peak, and where that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shapecalc.passes.backward_walk import Moment, fullest_moment
from shapecalc.passes.kept_volumes import keep_volumes
from shapecalc.passes.optimizers import slot_bytes, temporary_bytes
from shapecalc.passes.report import Conventions, Row

LABEL = 8
"""Bytes of a label."""
LOSS = 4
"""Bytes of the loss, while the optimizer works."""


@dataclass(frozen=True, slots=True)
class TrainingMemory:
    """Bytes of one step for a batch, slots being there already and no gradients yet."""

    weights: int
    """Trained or not, and running figures."""
    batch: int
    """The images, and a label for each."""
    slots: int
    kept: int
    """What the forward pass keeps, images where a layer keeps them."""
    weight_gradients: int
    """All of them, as they are at the end of the backward pass."""
    outputs: int
    """What comes out of the network, which the caller holds."""
    temporary: int
    """What the optimizer makes besides."""
    moment: Moment
    """The fullest moment of the backward pass."""

    @property
    def backward_peak(self) -> int:
        """The most that lies there during the backward pass."""
        return self.weights + self.batch + self.slots + self.moment.total

    @property
    def optimizer_peak(self) -> int:
        """The most that lies there during the update."""
        held = self.weights + self.batch + self.slots + self.weight_gradients
        return held + self.outputs + LOSS + self.temporary

    @property
    def peak(self) -> int:
        """What a step takes."""
        return max(self.backward_peak, self.optimizer_peak)

    @property
    def layer(self) -> int | None:
        """The row at which the peak is; None where it is in the update."""
        return self.moment.row if self.backward_peak >= self.optimizer_peak else None


def training_memory(rows: Sequence[Row], conventions: Conventions) -> TrainingMemory | None:
    """What a training step takes; None where a row is unknown. Sets what every row keeps."""
    if any(row.output is None for row in rows):
        return None
    kept = keep_volumes(rows, conventions)
    for row, size in zip(rows, kept.new_bytes(), strict=True):
        row.kept = size
    size, images = conventions.bytes, conventions.batch
    read = {i for row in rows for i in row.node.inputs}
    ends = [row for row in rows if row.node.index not in read]
    inputs = sum(row.activations or 0 for row in rows if not row.inputs)
    labels = max((row.output.positions for row in ends if row.output), default=1)
    arrays = [size * a.size for row in rows if not row.frozen for a in row.weight_arrays if a.role != "running"]
    return TrainingMemory(
        weights=size * sum(a.size for row in rows for a in row.weight_arrays),
        batch=images * (size * inputs + LABEL * labels),
        slots=slot_bytes(conventions.optimizer, arrays),
        kept=sum(row.kept or 0 for row in rows),
        weight_gradients=sum(arrays),
        outputs=sum({kept.output[row.node.index]: kept.sizes[kept.output[row.node.index]] for row in ends}.values()),
        temporary=temporary_bytes(
            conventions.optimizer,
            arrays,
            all_at_once=conventions.all_at_once,
            weight_decay=conventions.weight_decay,
        ),
        moment=fullest_moment(rows, kept, conventions),
    )
