"""Sizes near the one that is written: those at which a network works, and those that give a layer what it wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from shapecalc.core.layer import Volume
from shapecalc.repairs.axis_walk import AxisWalk

NEAREST_REACH, REACH, FARTHEST_REACH = 64, 4, 8192
"""Another size is looked for as far as a quarter of the written one, at least and at most so far."""
FARTHEST_FOR_A_WINDOW = 1024
"""How much larger an INPUT may have to be for a window that does not fit."""


def nearest_sizes(walks: list[AxisWalk], present: Volume, *, too_small: bool) -> Iterator[tuple[int, ...]]:
    """Sizes that work, the nearest first; square ones for a square input, where there are any."""
    rank = len(walks)
    if len(set(present.spatial)) == 1:
        pair = _nearest(lambda size: all(w.works(size) for w in walks), present.spatial[0], too_small=too_small)
        if pair != (None, None):
            yield from _combined(present, [pair] * rank)
            return
    nearest = [_nearest(w.works, s, too_small=too_small) for w, s in zip(walks, present.spatial, strict=True)]
    if (None, None) not in nearest:
        yield from _combined(present, nearest)


def _nearest(works: Callable[[int], bool], size: int, *, too_small: bool) -> tuple[int | None, int | None]:
    """The nearest sizes at most and at least as large that give no error; None where there is none in reach.

    Where all multiples of a power of two around the size do, those: a size that fits by chance is no advice.
    """
    if works(size):
        return size, size
    reach = min(max(NEAREST_REACH, size // REACH), FARTHEST_REACH)
    below = next((s for s in range(size - 1, max(size // 2, size - reach), -1) if works(s)), None)
    reach = max(reach, FARTHEST_FOR_A_WINDOW) if too_small else reach
    above = next((s for _, s in zip(range(reach), count(size + 1), strict=False) if works(s)), None)
    for step in (2, 4, 8, 16, 32, 64) if below is not None or above is not None else ():
        down = size - size % step
        if all(works(s) for s in range(down - step, down + 3 * step, step) if s > 0):
            return down or None, down + step
    return below, above


def _combined(present: Volume, nearest: list[tuple[int | None, int | None]]) -> Iterator[tuple[int, ...]]:
    """The nearest size of every axis; then all rounded down, then all rounded up."""

    def pick(size: int, below: int | None, above: int | None, which: str) -> int | None:
        if below is None or above is None:
            return below if above is None else above
        if which == "nearest":
            return below if size - below < above - size else above
        return below if which == "below" else above

    for which in ("nearest", "below", "above"):
        sizes = [pick(s, *pair, which) for s, pair in zip(present.spatial, nearest, strict=True)]
        if None not in sizes:
            yield tuple(s for s in sizes if s is not None)


def sizes_giving(walk: AxisWalk, index: int, present: int, output: int, wanted: int, *, far: bool = False) -> list[int]:
    """Sizes of the INPUT that give a node the wanted one, the nearest first, looked for where its strides lead.

    Far from the present one only where the INPUT is what a FC was made for: one of 28x28, say, instead of 224x224.
    """
    ratio = -(-present // output)
    middle = present + (wanted - output) * present // output
    spread = range(max(1, middle - 2 * ratio - 2), middle + 2 * ratio + 3)
    near = [n for n in spread if far or abs(n - present) < NEAREST_REACH // 2]
    volumes = ((size, walk.volume(index, size)) for size in near if walk.works(size))
    fitting = [size for size, v in volumes if v is not None and v.spatial[0] == wanted]
    return sorted(fitting, key=lambda size: (abs(size - present), -size))


def sizes_together(fitting: list[list[int]], present: tuple[int, ...], *, square: bool) -> Iterator[tuple[int, ...]]:
    """The nearest sizes of all axes; for a square volume the nearest square INPUT, and one that can be halved more."""
    common = set(fitting[0]).intersection(*fitting[1:]) if square else set()
    if common:
        near = min(common, key=lambda size: (sum(abs(size - now) for now in present), -size))
        round_ = max(common, key=lambda size: (size & -size, size))
        yield from ((size,) * len(present) for size in dict.fromkeys((near, round_)))
    elif all(fitting):
        yield tuple(sizes[0] for sizes in fitting)
