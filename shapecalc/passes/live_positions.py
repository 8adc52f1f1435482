"""Which positions of a volume are pixels, and which are nothing but padding that a PAD or a window has put there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from shapecalc.core.layer import POINTWISE, AccessPattern, Layer, Volume
from shapecalc.core.record import NamedTuple

Ends = tuple[int, int]
"""First and last position along an axis."""
T = TypeVar("T")


class Live(NamedTuple):
    """First and last position of every axis that any pixel of the network's input reaches."""

    ends: tuple[Ends, ...]
    exact: bool = True
    """No layer on the way reads with gaps that it does not state, or has values of its own; else there may be fewer."""


@lru_cache(maxsize=4096)
def along_axes(work: Callable[..., T], *columns: Sequence[Any]) -> tuple[T, ...]:
    """A function of each axis, called once where all axes are alike, as those of square images are.

    >>> along_axes(max, (3, 3), (5, 5)), along_axes(max, (3, 9), (5, 5))
    ((5, 5), (5, 9))
    """
    axes = list(zip(*columns, strict=True))
    if axes.count(axes[0]) == len(axes):
        return (work(*axes[0]),) * len(axes)
    return tuple(work(*axis) for axis in axes)


def everything_of(volume: Volume) -> tuple[Ends, ...]:
    """All positions of a volume."""
    return tuple((0, size - 1) for size in volume.spatial)


def live_positions(layer: Layer, output: Volume, volumes: tuple[Volume, ...], lives: tuple[Live, ...]) -> Live:
    """The positions of a layer's output that read any live position of its inputs.

    After PAD(1) an image of 4x4 has 6x6 positions, of which 1 to 4 are pixels; a bias or a normalisation may make
    the others something else than zero, and they are still no pixels.
    """
    if not volumes or layer.is_global or layer.learned:
        return Live(everything_of(output), not layer.learned)
    if len(volumes) > 1 and layer.along_positions:
        return Live(everything_of(output))
    if len(volumes) > 1:
        return _united(output, volumes, lives)
    access = layer.access(volumes[0])
    (live,) = lives
    if all(a is POINTWISE for a in access) or len(access) != len(live.ends):
        return live
    ends = along_axes(live_outputs, access, live.ends, output.spatial)
    return Live(ends, live.exact and all(a.exact for a in access))


def _united(output: Volume, volumes: tuple[Volume, ...], lives: tuple[Live, ...]) -> Live:
    """Positions that are live in any branch; one whose single position is broadcast makes all of them so."""
    if any(volume.spatial != output.spatial for volume in volumes):
        return Live(everything_of(output), all(live.exact for live in lives))
    along = zip(*(live.ends for live in lives), strict=True)
    ends = tuple((min(first for first, _ in axis), max(last for _, last in axis)) for axis in along)
    return Live(ends, all(live.exact for live in lives))


def live_outputs(access: AccessPattern, live: Ends, outputs: int) -> Ends:
    """First and last output that reads any of these positions; all of them where none does.

    >>> live_outputs(AccessPattern(1, -1, -1), (0, 3), 6)  # PAD(1) on 4 positions
    (1, 4)
    >>> live_outputs(AccessPattern(2, 0, 2), (3, 6), 4)  # 3 taps, stride 2, on 9 positions: 0-2 and 8 are padding
    (1, 3)
    """
    if not access.step:
        return 0, outputs - 1
    step, low, high, parts = access.in_parts
    if access.gap == 1 == parts and low <= live[0] <= high:
        move = step * (outputs - 1)
        if move + low <= live[1] <= move + high:
            return 0, outputs - 1
    first = max(0, -((high - live[0] * parts) // step))
    last = min(outputs - 1, (live[1] * parts - low) // step)

    def reads(output: int) -> bool:
        """Whether a tap of an output lies on one of these positions."""
        start, stop = -(-(step * output + low) // parts), (step * output + high) // parts
        tap = start + max(0, -((start - live[0]) // access.gap)) * access.gap
        return tap <= stop and tap <= live[1]

    while first <= last and not reads(first):
        first += 1
    while first <= last and not reads(last):
        last -= 1
    return (first, last) if first <= last else (0, outputs - 1)
