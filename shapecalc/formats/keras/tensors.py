"""A tensor of Keras in our words: the node that gives it, and how its axes lie."""

from __future__ import annotations

from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.record import NamedTuple


class KerasTensor(NamedTuple):
    """What a layer gives. Keras counts (batch, height, width, channels), or channels in front."""

    node: int
    rank: int
    """Axes without the batch: 1 for a row of values, 0 for a single one."""
    first: bool = False
    """Channels come first."""
    numbers: Any = None
    """A number or a row of them, where the tensor holds what shapes say; nan is an unknown one."""
    steps: int = 0
    """Axes in front that Keras has in its batch: positions, such as windows, that a reshape has moved there."""
    alone: bool = False
    """It has no batch, such as a table of distances."""
    axes: tuple[int, ...] = ()
    """The shape, where it has more axes than a volume."""


def shape_of(volume: Volume, tensor: KerasTensor) -> tuple[int, ...]:
    """The shape of a volume as Keras has it, without the batch."""
    if tensor.rank < 2 or tensor.axes:
        return tensor.axes or (volume.size,) * tensor.rank
    spatial = tuple(reversed(volume.spatial))
    return (volume.depth, *spatial) if tensor.first else (*spatial, volume.depth)
