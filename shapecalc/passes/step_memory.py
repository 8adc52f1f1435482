"""What a training step takes, term by term: what the pass over the rows finds, and renderers show."""

from __future__ import annotations

from shapecalc.core.record import Record

LOSS = 4
"""Bytes of the loss; during the backward pass it has a gradient besides."""


class Moment(Record):
    """What lies there at one moment of a step, in bytes of a batch, beside weights, batch and slots."""

    row: int | None
    """The row whose backward pass it is; None in the optimizer's update."""
    kept: int
    """What the forward pass kept and is still needed, images aside."""
    weight_gradients: int
    volume_gradients: int
    ends: int
    """What the caller holds: the outputs of the network, the loss, and its gradient."""
    temporary: int = 0
    """What the optimizer makes."""

    @property
    def total(self) -> int:
        """All of it."""
        return self.kept + self.weight_gradients + self.volume_gradients + self.ends + self.temporary


class StepMemory(Record):
    """Bytes of one training step for a batch; slots are there already, gradients are not."""

    weights: int
    """Trained or not, and running figures."""
    batch: int
    """The images and their labels."""
    slots: int
    """What the optimizer keeps from step to step."""
    kept_by_row: tuple[int, ...]
    """What every row keeps for the backward pass, and no row before it."""
    weight_gradients: int
    """All of them, as they are at the end of the backward pass."""
    outputs: int
    """What comes out of the network, which the caller holds."""
    optimizer_temporary: int
    """What the optimizer makes besides."""
    moment: Moment
    """The fullest moment of the backward pass."""

    @property
    def kept(self) -> int:
        """What the forward pass keeps for the backward pass, images where a layer keeps them."""
        return sum(self.kept_by_row)

    @property
    def ends(self) -> int:
        """What the caller holds during the backward pass."""
        return self.outputs + 2 * LOSS

    @property
    def update(self) -> Moment:
        """The fullest moment of the optimizer's update."""
        return Moment(None, 0, self.weight_gradients, 0, self.outputs + LOSS, self.optimizer_temporary)

    @property
    def fullest(self) -> Moment:
        """The fullest moment of all."""
        return max(self.moment, self.update, key=lambda moment: moment.total)

    @property
    def backward_peak(self) -> int:
        """The most that lies there during the backward pass."""
        return self.weights + self.batch + self.slots + self.moment.total

    @property
    def optimizer_peak(self) -> int:
        """The most that lies there during the update."""
        return self.weights + self.batch + self.slots + self.update.total

    @property
    def peak(self) -> int:
        """What a step takes."""
        return max(self.backward_peak, self.optimizer_peak)

    @property
    def row(self) -> int | None:
        """The row at which the peak is; None where it is in the update."""
        return self.fullest.row


class CheckpointedStep(Record):
    """A training step with checkpoints."""

    every: int
    """Layers of a segment; the last one may have fewer."""
    segments: int
    kept: int
    """Bytes kept after the forward pass: volumes between segments, and what the last segment keeps, once each."""
    step: StepMemory
    """The step, with its peak."""
    macs: int
    """Multiply-accumulates of a batch that are done again: those of every segment but the last."""
