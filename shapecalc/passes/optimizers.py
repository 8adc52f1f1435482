"""What optimizers take, as PyTorch has them: slots beside every weight, and volumes made during an update."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.core.record import NamedTuple


class Optimizer(NamedTuple):
    """How much an optimizer takes, in arrays of the size of the weights. Pairs are without and with weight decay."""

    slots: int
    """Kept from step to step."""
    one_by_one: tuple[int, int]
    """Made while an array of weights is updated."""
    at_once: tuple[int, int]
    """Made of all arrays where they are updated at once."""
    counts_steps: bool = True
    """Keeps a step count for every array besides, and lets go what it made for one only while it works on the next."""


OPTIMIZERS = {
    "sgd": Optimizer(0, (0, 1), (0, 1), counts_steps=False),
    "momentum": Optimizer(1, (0, 1), (0, 1), counts_steps=False),
    "rmsprop": Optimizer(1, (1, 2), (1, 2)),
    "adagrad": Optimizer(1, (1, 2), (2, 2)),
    "adam": Optimizer(2, (2, 3), (1, 1)),
    "adamw": Optimizer(2, (2, 2), (1, 1)),
}
"""Measured on PyTorch 2.14.1: storages alive after every call of an update."""
STEP_COUNT = 4
"""Bytes of a step count."""


def slot_bytes(name: str, arrays: Sequence[int]) -> int:
    """Bytes that an optimizer keeps from step to step for arrays of so many bytes."""
    optimizer = OPTIMIZERS[name]
    return optimizer.slots * sum(arrays) + STEP_COUNT * len(arrays) * optimizer.counts_steps


def temporary_bytes(name: str, arrays: Sequence[int], *, all_at_once: bool, weight_decay: bool) -> int:
    """Bytes that an update makes besides at its fullest, for arrays of so many bytes in the order of the update.

    >>> temporary_bytes("adam", [400, 40, 1000], all_at_once=False, weight_decay=False)
    2040
    """
    optimizer = OPTIMIZERS[name]
    if all_at_once:
        return optimizer.at_once[weight_decay] * sum(arrays)
    made = optimizer.one_by_one[weight_decay]
    before = [0, *arrays] if optimizer.counts_steps else [0] * len(arrays)
    return max((made * size + last for last, size in zip(before, arrays, strict=False)), default=0)
