"""The tensors of a program: what flows through it, what it learned, and how the values of a volume lie in a tensor.

Programs reshape, turn and cut tensors between the layers that compute. Each such operation is arithmetic on the
parts of axes here, so that what it comes to is known when a layer reads the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.record import NamedTuple

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


# --- how values lie -------------------------------------------------------------------------------

BATCH = -1
"""The axis of the images."""


class AxisPart(NamedTuple):
    """`size` numbers of an axis that are `step` apart: a whole axis is (axis, 1, its size)."""

    axis: int
    """Of the volume: width first, depth last; or the batch."""
    step: int
    size: int


Group = tuple[AxisPart, ...]
"""What one axis of a tensor holds, the slowest part first; nothing where its size is 1."""


class Cut(NamedTuple):
    """What is taken of an axis of the volume."""

    start: int
    stop: int


class TensorView(NamedTuple):
    """A tensor that holds the values of a volume, or a cut of it."""

    cuts: tuple[Cut, ...]
    """Of every axis of the volume, width first, depth last."""
    groups: tuple[Group, ...]
    """For every axis of the tensor."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """The volume that is left."""
        return tuple(cut.stop - cut.start for cut in self.cuts)

    @property
    def parts(self) -> tuple[AxisPart, ...]:
        """All in the order of memory, without the batch."""
        return joined([part for group in self.groups for part in group if part.axis != BATCH])

    @property
    def batch(self) -> int:
        """Images."""
        return prod(part.size for group in self.groups for part in group if part.axis == BATCH)

    def regrouped(self, shape: Sequence[int]) -> TensorView | None:
        """The same values under another shape; None where a part would be cut unevenly.

        >>> view_of(Volume((4,), 6), (1, 4, 6), last=True).regrouped((4, 1, 2, 3)).groups[2:]
        ((AxisPart(axis=1, step=3, size=2),), (AxisPart(axis=1, step=1, size=3),))
        """
        left = list(joined([part for group in self.groups for part in group]))[::-1]
        groups = []
        for size in shape:
            group: list[AxisPart] = []
            while size > 1:
                part = left.pop() if left else AxisPart(0, 1, 0)
                if part.size and size % part.size == 0:
                    group.append(part)
                    size //= part.size
                elif part.size and part.size % size == 0:
                    rest = part.size // size
                    left.append(part._replace(size=rest))
                    group.append(AxisPart(part.axis, part.step * rest, size))
                    size = 1
                else:
                    return None
            groups.append(joined(group))
        return None if left else self._replace(groups=tuple(groups))

    def reordered(self, order: Sequence[int]) -> TensorView | None:
        """The axes of the tensor in another order."""
        if sorted(order) != list(range(len(self.groups))):
            return None
        return self._replace(groups=tuple(self.groups[axis] for axis in order))

    def cut(self, axis: int, start: int, stop: int, *, drop: bool = False) -> TensorView | None:
        """Some places of an axis of the tensor; None where they are no one stretch of an axis of the volume."""
        group = self.groups[axis]
        size = prod(part.size for part in group)
        if not 0 <= start < stop <= size:
            return None
        cuts, kept = list(self.cuts), group
        if (start, stop) != (0, size):
            if len(group) != 1 or group[0].axis == BATCH:
                return None
            (part,) = group
            before = cuts[part.axis]
            if part.step * part.size != before.stop - before.start:
                return None
            cuts[part.axis] = Cut(before.start + start * part.step, before.start + stop * part.step)
            kept = (part._replace(size=stop - start),) if stop - start > 1 else ()
        if drop and kept:
            return None
        groups = (*self.groups[:axis], *(() if drop else (kept,)), *self.groups[axis + 1 :])
        return TensorView(tuple(cuts), groups)

    def layout(self) -> bool | None:
        """Whether channels are last where every axis is whole and in its order, axes of 1 aside; else None."""
        if any(len(group) > 1 for group in self.groups):
            return None
        sizes = self.sizes
        depth = len(sizes) - 1
        found = [part for group in self.groups for part in group if part.axis != BATCH]
        if found == whole_parts(sizes, (*range(depth - 1, -1, -1), depth)):
            return True
        return False if found == whole_parts(sizes, (depth, *range(depth - 1, -1, -1))) else None


def joined(parts: Sequence[AxisPart]) -> Group:
    """Parts of one axis that follow each other as one.

    >>> joined([AxisPart(2, 64, 12), AxisPart(2, 1, 64)])
    (AxisPart(axis=2, step=1, size=768),)
    """
    found: list[AxisPart] = []
    for part in parts:
        if found and found[-1].axis == part.axis and found[-1].step == part.step * part.size:
            part = AxisPart(part.axis, part.step, found.pop().size * part.size)
        if part.size > 1:
            found.append(part)
    return tuple(found)


def whole(sizes: Sequence[int]) -> tuple[Cut, ...]:
    """All of every axis."""
    return tuple(Cut(0, n) for n in sizes)


def whole_parts(sizes: Sequence[int], order: Sequence[int]) -> list[AxisPart]:
    """Whole axes in an order, without those of 1."""
    return [AxisPart(axis, 1, sizes[axis]) for axis in order if sizes[axis] > 1]


def view_of(volume: Volume, shape: Sequence[int], *, last: bool) -> TensorView | None:
    """A tensor with its batch in front that holds a volume; None where they do not fit."""
    depth, spatial = len(volume.spatial), range(len(volume.spatial) - 1, -1, -1)
    axes = (*spatial, depth) if last else (depth, *spatial)
    if len(shape) == 2 and volume.positions == 1:
        axes = (depth,)
    if len(axes) != len(shape) - 1 or any(volume.sizes[a] != n for a, n in zip(axes, shape[1:], strict=True)):
        return None
    sizes = (shape[0], *volume.sizes)
    groups = tuple(joined([AxisPart(axis, 1, sizes[axis + 1])]) for axis in (BATCH, *axes))
    return TensorView(whole(volume.sizes), groups)


def shape_of(sizes: Sequence[int], batch: int, *, last: bool) -> tuple[int, ...]:
    """The shape of a tensor that has its batch in front and channels last, or after it.

    >>> shape_of((28, 14, 3), 1, last=False)
    (1, 3, 14, 28)
    """
    outwards = tuple(reversed(sizes[:-1]))
    return (batch, *outwards, sizes[-1]) if last else (batch, sizes[-1], *outwards)
