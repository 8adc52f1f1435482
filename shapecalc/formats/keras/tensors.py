"""A tensor of Keras in our words: the node that gives it, and how its axes lie."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.named_tuple import NamedTuple


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


def volume_of(shape: Sequence[Any], first: bool) -> Volume | None:
    """The volume of a shape without its batch; None where a size is open or it has more axes than a volume.

    >>> volume_of((28, 14, 3), first=False)
    Volume(spatial=(14, 28), depth=3, flat=False)
    >>> volume_of((3, 28, 14), first=True)
    Volume(spatial=(14, 28), depth=3, flat=False)
    >>> volume_of((10,), first=False)
    Volume(spatial=(1, 1), depth=10, flat=True)
    """
    if len(shape) > 4 or not all(type(n) is int and n > 0 for n in shape):
        return None
    if len(shape) < 2:
        return Volume((1, 1), prod(shape), flat=True)
    spatial, depth = (shape[1:], shape[0]) if first else (shape[:-1], shape[-1])
    return Volume(tuple(reversed(spatial)), depth)


def shape_of(volume: Volume, tensor: KerasTensor) -> tuple[int, ...]:
    """The shape of a volume as Keras has it, without the batch."""
    if tensor.rank < 2 or tensor.axes:
        return tensor.axes or (volume.size,) * tensor.rank
    spatial = tuple(reversed(volume.spatial))
    return (volume.depth, *spatial) if tensor.first else (*spatial, volume.depth)
