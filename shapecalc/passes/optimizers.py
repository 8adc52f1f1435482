"""What optimizers take, as PyTorch has them: slots beside every weight, and volumes made during an update."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Optimizer(NamedTuple):
    """How much an optimizer takes."""

    slots: int
    """Values that it keeps for every weight."""
    counts_steps: bool = False
    """Keeps a step count of 4 bytes for every array of weights besides."""


OPTIMIZERS = {
    "sgd": Optimizer(0),
    "momentum": Optimizer(1),
    "rmsprop": Optimizer(1, counts_steps=True),
    "adagrad": Optimizer(1, counts_steps=True),
    "adam": Optimizer(2, counts_steps=True),
    "adamw": Optimizer(2, counts_steps=True),
}
STEP_COUNT = 4
"""Bytes of a step count."""


def slot_bytes(name: str, arrays: Sequence[int]) -> int:
    """Bytes that an optimizer keeps from step to step for arrays of so many bytes."""
    optimizer = OPTIMIZERS[name]
    return optimizer.slots * sum(arrays) + STEP_COUNT * len(arrays) * optimizer.counts_steps


def temporary_bytes(name: str, arrays: Sequence[int], *, all_at_once: bool, weight_decay: bool) -> int:
    """Bytes that an update makes besides at its fullest, for arrays of so many bytes in the order of the update.

    Array by array, what one has made is let go while the next is worked on.

    >>> temporary_bytes("adam", [400, 40, 1000], all_at_once=False, weight_decay=False)
    2040
    """
    if name == "sgd" and not weight_decay:
        return 0
    if name == "momentum" and not weight_decay:
        return 0
    if all_at_once:
        return sum(arrays)
    before = [0, *arrays]
    if name in ("sgd", "momentum"):
        return max(arrays, default=0)
    made = 1 if name == "rmsprop" else 2
    return max((made * size + last for last, size in zip(before, arrays, strict=False)), default=0)
