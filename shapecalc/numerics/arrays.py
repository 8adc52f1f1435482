"""Arrays under windows: where windows are on an axis, padding, strided views, blocks that bound memory.

Everything here is worked out from raw arguments and arrays alone, by enumerating the windows that fit, so that it
can be compared with the shape rules. Arrays are batch, spatial axes (width first), channels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shapecalc.numerics.block_sizes import BLOCK, CHUNK, LONG, PLAIN_TILE
from shapecalc.numerics.threads import side_by_side, split

Array = NDArray[np.float32]
"""float32 values: batch, spatial axes in the order width, height, further axis, then channels."""


class Unrunnable(ValueError):
    """A layer cannot be run on the arrays that reached it; the message has the numbers."""


class Placement(NamedTuple):
    """Where the windows of one axis stand, in positions of the padded input."""

    size: int
    """Positions without padding."""
    before: int
    after: int
    overhang: int
    """Positions that the last window reads beyond the padding."""
    starts: range
    offsets: range
    """Of the taps, from a window's start."""

    @property
    def padded(self) -> int:
        """Positions with padding and overhang."""
        return self.before + self.size + self.after + self.overhang

    def read_within(self, low: int, high: int) -> NDArray[np.int64]:
        """For every window the number of taps in low … high − 1."""
        starts, offsets = np.arange(len(self.starts)) * self.starts.step, np.array(self.offsets)
        before = np.searchsorted(offsets, low - starts)
        inside: NDArray[np.int64] = np.searchsorted(offsets, high - starts) - before
        return inside

    @property
    def real(self) -> NDArray[np.int64]:
        """For every window the number of taps on real input."""
        return self.read_within(self.before, self.before + self.size)

    @property
    def counted(self) -> NDArray[np.int64]:
        """For every window the number of taps on input or padding, without the overhang."""
        return self.read_within(0, self.before + self.size + self.after)


def each(numbers: Sequence[Any], rank: int) -> tuple[Any, ...]:
    """One entry for every axis, from one for all or one for each. Raises Unrunnable for another number of them."""
    if len(numbers) == 1:
        return tuple(numbers) * rank
    if len(numbers) != rank:
        raise Unrunnable(f"{len(numbers)} sizes for {rank} axes")
    return tuple(numbers)


def pads(name: str, size: int, span: int, stride: int) -> tuple[int, int]:
    """What a named padding puts before and after `size` positions for windows that span `span`.

    `same` is TensorFlow's: as many windows as strides begin in the input, and what they lack is shared out, the odd
    position at the end; `same_lower` puts it before. `causal` lets no output read a later position than its own.
    """
    if name == "valid":
        return 0, 0
    if name == "full":
        return span - 1, span - 1
    if name == "causal":
        return span - 1, 0
    lacking = span - 1 if name == "preserve" else max(range(0, size, stride)[-1] + span - size, 0)
    smaller = lacking // 2
    return (lacking - smaller, smaller) if name == "same_lower" else (smaller, lacking - smaller)


def apart(taps: int, step: int, gap: int) -> bool:
    """Whether there is something between taps or windows."""
    return (taps > 1 and gap > 1) or step > taps


def place(
    size: int, extent: int, stride: int, dilation: int, pair: tuple[int, int], rounding: str = "floor"
) -> Placement:
    """The windows of one axis, one after another while they fit.

    `ceil` takes a further window if the one before it leaves something over, and it begins inside the input or the
    padding before it (PyTorch, ONNX); `caffe` minds where it begins only if there is padding.
    Raises Unrunnable where there is no window.
    """
    before, after = pair
    offsets = range(0, extent * dilation, dilation)
    span, padded = offsets[-1] + 1, before + size + after
    if rounding == "floor":
        starts = range(0, padded - span + 1, stride)
    else:
        starts = range(0, padded - span + stride, stride)
        while starts and starts[-1] + span > padded and starts[-1] >= before + size:
            if rounding == "caffe" and not (before or after):
                break
            starts = starts[:-1]
    if not starts:
        raise Unrunnable(f"no window of {span} fits into {padded} positions")
    return Placement(size, before, after, max(starts[-1] + span - padded, 0), starts, offsets)


@lru_cache(1 << 10)
def grid(
    sizes: tuple[int, ...],
    extent: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    padding: Any,
    rounding: str,
) -> tuple[tuple[Placement, ...], tuple[int, ...], tuple[int, ...]]:
    """The windows of all axes, as `Patches` has them: their arguments are one for all axes or one for each."""
    rank = len(sizes)
    placements = []
    along = zip(sizes, each(extent, rank), each(stride, rank), each(dilation, rank), strict=True)
    for axis, (size, taps, step, gap) in enumerate(along):
        span = range(0, taps * gap, gap)[-1] + 1
        pair = pads(padding.name, size, span, step) if padding.name else each(padding.pairs, rank)[axis]
        placements.append(place(size, taps, step, gap, pair, rounding))
    return tuple(placements), tuple(len(p.offsets) for p in placements), tuple(len(p.starts) for p in placements)


def pad(x: Array, placements: Sequence[Placement], fill: float = 0.0) -> Array:
    """The array with padding and overhang filled; the array itself where there is nothing to add."""
    if all(p.padded == p.size for p in placements):
        return x
    out = np.empty((x.shape[0], *(p.padded for p in placements), x.shape[-1]), x.dtype)
    inside: tuple[slice, ...] = (slice(None),)
    for p in placements:
        for border in (slice(0, p.before), slice(p.before + p.size, None)):
            out[(*inside, border)] = fill
        inside = (*inside, slice(p.before, p.before + p.size))
    out[inside] = x
    return out


class Patches(NamedTuple):
    """A padded array and the windows that are on it."""

    padded: Array
    placements: tuple[Placement, ...]
    taps: tuple[int, ...]
    """Values that a window gathers along each axis."""
    counts: tuple[int, ...]
    """Windows along each axis."""

    @property
    def depth(self) -> int:
        """Channels of every position."""
        return int(self.padded.shape[-1])

    def view(self, together: int = 1) -> Array:
        """All windows without copying: batch, windows of each axis, taps of each axis, channels.

        So many neighbours of the last axis are one window, with the channels of all: these have to lie one after the
        other, as they do in one piece of memory that is read with stride 1.
        """
        x = np.ascontiguousarray(self.padded)
        if together == 1 and all(p.starts.step == len(p.offsets) == 1 for p in self.placements):
            return x[(..., *(None,) * len(self.placements), slice(None))]
        along = x.strides[1:-1]
        *steps, last = (p.starts.step * s for p, s in zip(self.placements, along, strict=True))
        gaps = tuple(p.offsets.step * s for p, s in zip(self.placements, along, strict=True))
        *counts, most = self.counts
        # An array over the memory of another costs a tenth of `as_strided`, and NumPy sees to it that it stays within.
        return np.ndarray(
            (x.shape[0], *counts, most // together, *self.taps, together * self.depth),
            x.dtype,
            x,
            strides=(x.strides[0], *steps, last * together, *gaps, x.strides[-1]),
        )


def blocks(sizes: Sequence[int], width: int, most: int) -> Iterator[tuple[slice, ...]]:
    """Slices, one an axis, that cut positions of `width` values each into parts of at most `most` values if possible.

    Leading axes are cut first, so that every part lies in one piece in memory.
    """
    axis = 0
    while axis < len(sizes) - 1 and prod(sizes[axis + 1 :]) * width > most:
        axis += 1
    step = max(1, most // max(1, prod(sizes[axis + 1 :]) * width))
    whole = tuple(slice(0, n) for n in sizes[axis + 1 :])
    for index in product(*map(range, sizes[:axis])):
        single = tuple(slice(i, i + 1) for i in index)
        for start in range(0, sizes[axis], step):
            yield (*single, slice(start, min(start + step, sizes[axis])), *whole)


def by_rows(function: Callable[[Array, Array], Array], x: Array, out: Array) -> Array:
    """Applies a function of rows (positions x channels) to an array, some rows at a time. Returns `out`.

    The function gets the rows and the place for its result, where it may write that and whatever it needs before.
    """
    rows, results = x.reshape(-1, x.shape[-1]), out.reshape(-1, out.shape[-1])
    step = max(1, CHUNK // max(1, x.shape[-1]))

    def some(part: slice) -> None:
        for start in range(part.start, part.stop, step):
            place = results[start : min(start + step, part.stop)]
            given = function(place if out is x else rows[start : start + len(place)], place)
            if given is not place:
                np.copyto(place, given)

    side_by_side(some, split(len(rows), -(-PLAIN_TILE // max(1, x.shape[-1]))))
    return out


def scaled(x: Array, factor: Any, shift: Any, out: Array) -> Array:
    """Factor · x + shift, both one for all channels or one for each. Returns `out`.

    Positions whose channels lie one after the other are taken together: NumPy multiplies long rows twice as fast.
    """
    depth = max(1, x.shape[-1])
    wide = depth * taken_together(x.size // depth, LONG // depth)
    many, added = np.empty((2, wide // depth, depth), np.float32)
    many[:], added[:] = factor, shift
    many, added = many.reshape(-1), added.reshape(-1)

    def some(rows: Array, place: Array) -> Array:
        np.multiply(rows, many, out=place)
        place += added
        return place

    by_rows(some, x.reshape(-1, wide), out.reshape(-1, wide))
    return out


@lru_cache(1 << 10)
def taken_together(count: int, most: int) -> int:
    """The largest number up to `most` that divides a count; 1 where none does."""
    return next((n for n in range(min(most, count), 1, -1) if count % n == 0), 1)


def slide_along(x: Array, axis: int, placement: Placement, join: np.ufunc) -> Array:
    """Joins the taps of every window of a padded array along one axis with a ufunc such as np.maximum."""
    lead: tuple[slice, ...] = (slice(None),) * axis
    out: Array | None = None
    last = placement.starts[-1] + 1
    for offset in placement.offsets:
        part = x[(*lead, slice(offset, offset + last, placement.starts.step))]
        out = np.array(part, order="C") if out is None else join(out, part, out=out)
    assert out is not None
    return out


def lengthened(x: Array, axis: int, factor: int | Fraction, smooth: bool) -> Array:
    """An axis `factor` times as long, rounded down: nearest value, or interpolated between pixel centres."""
    size, lead = x.shape[axis], (slice(None),) * axis
    length = size * factor.numerator // factor.denominator
    out = np.empty((*x.shape[:axis], length, *x.shape[axis + 1 :]), x.dtype)
    step = max(1, BLOCK // 16 * max(1, length) // max(1, out.size))
    for start in range(0, length, step):
        places = np.arange(start, min(start + step, length))
        part = out[(*lead, slice(start, start + step))]
        if not smooth:
            part[...] = np.take(x, places * factor.denominator // factor.numerator, axis=axis)
            continue
        # Pixel centres (o + 1/2)/f − 1/2 in whole parts of 1/2p, for f = p/q: one that is a position reads no other.
        parts = 2 * factor.numerator
        centres = np.clip((2 * places + 1) * factor.denominator - factor.numerator, 0, (size - 1) * parts)
        low, rest = np.divmod(centres, parts)
        high = low + (rest > 0)
        share = (rest / parts).astype(x.dtype).reshape((-1,) + (1,) * (x.ndim - axis - 1))
        np.multiply(np.take(x, low, axis=axis), 1 - share, out=part)
        part += np.take(x, high, axis=axis) * share
    return out


def erf(x: Array) -> Array:
    """The error function to 2e-7 (Abramowitz and Stegun 7.1.26, in float64)."""
    wide = np.abs(x, dtype=np.float64)
    t = 1 / (1 + 0.3275911 * wide)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    result: Array = np.copysign(1 - series * np.exp(-wide * wide), x).astype(np.float32)
    return result
