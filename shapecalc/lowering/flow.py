"""The tensors of a program: what flows through it, and what it learned."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.named_tuple import NamedTuple

MOST_AXES = 5
"""Axes of the shape of a volume, with its batch."""


class Flowing(NamedTuple):
    """A tensor that depends on the input."""

    node: int
    shape: tuple[int, ...]
    """With the batch."""
    last: bool = False
    """Channels are the last axis, as after a permute; else they follow the batch."""


class Weights(NamedTuple):
    """A tensor that depends on weights and constants only."""

    arrays: tuple[tuple[str, int, bool], ...]
    """Name, number of values, and whether they are trained."""
    shape: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether it has the values of its arrays, and no others."""
        return bool(self.arrays) and sum(size for _, size, _ in self.arrays) == prod(self.shape)


def volume_of_shape(shape: Sequence[int], *, last: bool) -> Volume | None:
    """The volume of a shape with its batch; None where it has no or too many axes.

    >>> volume_of_shape((1, 3, 28, 14), last=False)
    Volume(spatial=(14, 28), depth=3, flat=False)
    >>> volume_of_shape((1, 28, 14, 3), last=True)
    Volume(spatial=(14, 28), depth=3, flat=False)
    """
    axes = tuple(shape[1:]) or tuple(shape)
    return volume_of(axes, last=last) if axes else None


def volume_of(axes: Sequence[Any], *, last: bool) -> Volume | None:
    """The volume of sizes without the batch; None where one is open or there are more than a volume has.

    >>> volume_of((10,), last=True), volume_of((None, 3), last=True)
    (Volume(spatial=(1, 1), depth=10, flat=True), None)
    """
    if len(axes) >= MOST_AXES or not all(type(n) is int and n > 0 for n in axes):
        return None
    if len(axes) < 2:
        return Volume((1, 1), prod(axes), flat=True)
    spatial, depth = (axes[:-1], axes[-1]) if last else (axes[1:], axes[0])
    return Volume(tuple(reversed(spatial)), depth)


def stated_volume(shape: Sequence[int], *, last: bool) -> Volume | None:
    """The volume of a shape; a row of all values where it has more axes than a volume."""
    values = prod(shape[1:])
    row = Volume((1, 1), values, flat=True) if len(shape) > MOST_AXES and values else None
    return row or volume_of_shape(shape, last=last)


def weight_parts(arrays: tuple[tuple[str, int, bool], ...], shapes: Sequence[tuple[int, ...]]) -> list[Weights]:
    """What an operator makes of weights alone; each part of a weight that it divides is one of its own.

    >>> [part.arrays for part in weight_parts((("w", 12, True),), [(2, 2), (4, 2)])]
    [(('w[0]', 4, True),), (('w[1]', 8, True),)]
    """
    sizes = [prod(shape) for shape in shapes]
    if len(arrays) == 1 < len(shapes) and sum(sizes) == arrays[0][1]:
        name, _, trained = arrays[0]
        return [Weights(((f"{name}[{place}]", prod(shape), trained),), shape) for place, shape in enumerate(shapes)]
    return [Weights(arrays, shape) for shape in shapes]
