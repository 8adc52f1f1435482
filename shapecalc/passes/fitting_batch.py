"""How many images fit into a given memory at once, and what other numbers of them would need."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shapecalc.core.record import Record, replace
from shapecalc.passes.checkpointing import with_checkpoints
from shapecalc.passes.memory import totals, training_memory
from shapecalc.passes.report import Conventions, Row

MOST_IMAGES = 2**40
"""No batch is larger: only networks without a volume would fit more."""


class Need(Record):
    """What one batch needs."""

    batch: int
    bytes: int
    row: int | None = None
    """Where a training step needs it; None is the optimizer's update, or a run without training."""


def largest_batch(need: Callable[[int], Need], memory: int) -> int:
    """How many images fit into so many bytes at once; 0 where not even one does.

    A need is nearly a line: where that goes through the memory is tried, and every third time the middle.

    >>> asked = []
    >>> largest_batch(lambda n: asked.append(n) or Need(n, 100 * n + 5_000), 1_005_000), len(asked)
    (10000, 4)
    """
    fits, beyond = need(1), need(2)
    if fits.bytes > memory:
        return 0
    tries = 0
    while beyond.bytes <= memory and beyond.batch < MOST_IMAGES:
        fits, beyond = beyond, need(min(_crossing(fits, beyond, memory) + 1, MOST_IMAGES))
    while beyond.batch - fits.batch > 1:
        tries += 1
        guess = _crossing(fits, beyond, memory) if tries % 3 else (fits.batch + beyond.batch) // 2
        middle = need(min(max(guess, fits.batch + 1), beyond.batch - 1))
        fits, beyond = (middle, beyond) if middle.bytes <= memory else (fits, middle)
    return fits.batch


def _crossing(one: Need, other: Need, memory: int) -> int:
    """The largest batch that fits on the line through two needs; as many images as there may be where it is level."""
    each = other.bytes - one.bytes
    images = other.batch - one.batch
    return one.batch + (memory - one.bytes) * images // each if each > 0 else MOST_IMAGES


def training_need(rows: Sequence[Row], conventions: Conventions) -> Callable[[int], Need]:
    """The peak of a training step by the number of images. Every row's volume is known."""

    def need(batch: int) -> Need:
        these = replace(conventions, batch=batch)
        step = training_memory(rows, these)
        assert step is not None
        if these.checkpoint is not None:
            step = with_checkpoints(rows, these, step, these.checkpoint or None).step
        return Need(batch, step.peak, step.row)

    return need


def inference_need(rows: Sequence[Row], conventions: Conventions) -> Callable[[int], Need]:
    """The peak of a run without training by the number of images. Every row's volume is known."""
    one, two = (totals(rows, replace(conventions, batch=n)).memory.inference_peak for n in (1, 2))
    assert one is not None
    assert two is not None
    first, each = one, two - one
    return lambda batch: Need(batch, first + (batch - 1) * each)
