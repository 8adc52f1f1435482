"""Everything that multiplies and accumulates, through BLAS where it can, counted from the operands themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from operator import add
from typing import Any

import numpy as np

from shapecalc.numerics.arrays import Array, Patches, Unrunnable, blocks, taken_together
from shapecalc.numerics.block_sizes import BLOCK, TILE
from shapecalc.numerics.threads import side_by_side, split, workers

FEW = 512
"""Rows of a product that are too few to be shared out."""
MANY = 1 << 22
"""Values of a matrix whose columns are worth being shared out."""
WORTH = 1 << 25
"""Multiply-accumulates that are worth being shared out: a millisecond, where to wake a thread takes a tenth."""
CACHED = 1 << 19
"""Values of gathered windows that are still in the cache when they are multiplied."""
FACTORS = 1 << 15
"""Factors of windows taken together that stay in the nearest cache but one."""
ROWS = 512
"""Rows of a product for which the kernel is read once: with fewer, to read it takes longer than to multiply."""


class RowBlocks:
    """A matrix that is never there whole: some rows are made at a time, in memory that the next ones take over."""

    def __init__(self, shape: tuple[int, ...], fill: Callable[[Array], object]) -> None:
        self.shape, self._fill = shape, fill
        self.nbytes = 0
        """Of the rows that were made."""

    @staticmethod
    def at_once(shape: Sequence[int]) -> int:
        """Values of the rows that are there together; for a matrix that is small all."""
        return min(prod(shape), max(CACHED, prod(shape[1:])))

    def __iter__(self) -> Iterator[tuple[slice, Array]]:
        """Which rows, and these, from the first to the last."""
        count, columns = self.shape
        buffer = np.empty((self.at_once(self.shape) // columns, columns), np.float32)
        for start in range(0, count, len(buffer)):
            rows = buffer[: count - start]
            self._fill(rows)
            self.nbytes += rows.nbytes
            yield slice(start, start + len(rows)), rows


@dataclass
class MacCounter:
    """Multiply-accumulates so far."""

    macs: int = 0

    def matmul(self, a: Array, b: Array, out: Array) -> Array:
        """A matrix product (batched over leading axes); counts rows x inner x columns of what is multiplied.

        Products of few rows have their columns shared out among threads.
        """
        self.macs += out.size * a.shape[-1]
        if out.size < FEW * b.shape[-1] and b.size >= MANY:
            side_by_side(lambda part: np.matmul(a, b[..., part], out=out[..., part]), split(b.shape[-1], 64))
        else:
            np.matmul(a, b, out=out)
        return out

    def matmul_by_rows(self, a: Array, b: RowBlocks, out: Array) -> Array:
        """The same with a matrix that is made some rows at a time."""
        out[...] = 0
        part = np.empty_like(out)
        for rows, block in b:
            out += self.matmul(a[:, rows], block, part)
        return out

    def count(self, others: Sequence[MacCounter]) -> None:
        """Adds what other threads counted."""
        self.macs += sum(other.macs for other in others)


def share(depth: int, groups: int, what: str) -> int:
    """How many of `depth` each group has. Raises Unrunnable unless the groups divide it."""
    if depth % groups:
        raise Unrunnable(f"{groups} groups do not divide {depth} {what}")
    return depth // groups


def convolve(counter: MacCounter, patches: Patches, kernel: Array, groups: int, bias: Array | None) -> Array:
    """Convolution. The kernel is taps of each axis x channels of a group x filters.

    1x1 windows are multiplied where they lie; others are gathered (im2col) in blocks of bounded size; groups are
    one batched product; channels with filters of their own are one sum over the taps.
    """
    filters = kernel.shape[-1]
    share(patches.depth, groups, "channels")
    share(filters, groups, "filters")
    if groups > 1 and groups == patches.depth:
        return depthwise(counter, patches, kernel, bias)
    out = np.empty((patches.padded.shape[0], *patches.counts, filters), np.float32)
    by_group = kernel.reshape(-1, groups, filters // groups).swapaxes(0, 1)
    view, spare = patches.view(), list[Array]()
    rank, inner = len(patches.counts), prod(patches.taps) * patches.depth

    def multiply(block: tuple[slice, ...]) -> MacCounter:
        own, windows, target = MacCounter(), view[block], out[block]
        if windows.flags.c_contiguous and groups == 1:
            gathered, buffer = windows.reshape(1, -1, inner), None
        else:
            buffer = spare.pop() if spare else np.empty(prod(view[parts[0]].shape), np.float32)
            gathered = _gather(windows, groups, rank, buffer)
        own.matmul(gathered, by_group, target.reshape(-1, groups, filters // groups).swapaxes(0, 1))
        if buffer is not None:
            spare.append(buffer)
        if bias is not None:
            target += bias
        return own

    parts = list(blocks(view.shape[: rank + 1], inner, _part(prod(out.shape[:-1]), inner, filters // groups)))
    counter.count(side_by_side(multiply, parts))
    return out


def _part(positions: int, inner: int, filters: int) -> int:
    """How many values to gather at a time: a share for every worker where that is worth it, within BLOCK."""
    shared = positions >= FEW and positions * inner * filters >= WORTH
    rows = -(-positions // workers()) if shared else positions
    return min(BLOCK, max(CACHED, ROWS * inner), rows * inner)


def _gather(windows: Array, groups: int, rank: int, buffer: Array) -> Array:
    """Copies windows into the buffer: groups, then a row a window of all its taps and the channels of the group."""
    depth = windows.shape[-1]
    lead, taps = windows.shape[: rank + 1], windows.shape[rank + 1 : -1]
    target = buffer[: windows.size].reshape(groups, *lead, *taps, depth // groups)
    np.copyto(target, np.moveaxis(windows.reshape(*lead, *taps, groups, -1), -2, 0) if groups > 1 else windows[None])
    return target.reshape(groups, prod(lead), -1)


def depthwise(counter: MacCounter, patches: Patches, kernel: Array, bias: Array | None) -> Array:
    """Every channel by itself with its own filters: one sum over the taps of all windows, in parts for the workers.

    Neighbours whose channels lie one after the other are taken together: a sum over few values at a time takes longer.
    """
    depth, rank = patches.depth, len(patches.counts)
    each = kernel.shape[-1] // depth
    together = _together(patches) if each == 1 else 1
    view: Any = patches.view(together)  # NumPy's types know einsum by lists of axes for whole numbers alone
    factors = np.tile(kernel.reshape(*patches.taps, depth, each), (together, 1))
    added = None if bias is None else np.tile(bias.reshape(depth, each), (together, 1))
    out = np.empty((*view.shape[: 1 + rank], together * depth, each), np.float32)
    *places, channel, filters = range(1 + 2 * rank + 2)
    windows, taps = places[: 1 + rank], places[1 + rank :]

    def multiply(block: tuple[slice, ...]) -> MacCounter:
        read, target = view[block], out[block]
        if each == 1:
            labels = ([*places, channel], factors[..., 0], [*taps, channel])
            np.einsum(read, *labels, [*windows, channel], out=target[..., 0])
        else:
            labels = ([*places, channel], factors, [*taps, channel, filters])
            np.einsum(read, *labels, [*windows, channel, filters], out=target)
        if added is not None:
            target += added
        return MacCounter(read.size * each)

    most = max(TILE, -(-out.size // workers()))
    counter.count(side_by_side(multiply, list(blocks(out.shape[:-2], together * depth * each, most))))
    return out.reshape(out.shape[0], *patches.counts, depth * each)


def _together(patches: Patches) -> int:
    """How many windows of the last axis `view` can take together, so that their factors still fit the cache."""
    count, last = patches.counts[-1], patches.placements[-1]
    if last.starts.step > 1:
        return 1
    return taken_together(count, FACTORS // (prod(patches.taps) * patches.depth))


def connect(counter: MacCounter, patches: Patches, kernel: Array, groups: int, bias: Array | None) -> Array:
    """A convolution that does not share: the kernel has windows of each axis, then taps, channels, filters.

    The gathered windows are smaller than the kernel, so that blocks would save nothing.
    """
    filters = kernel.shape[-1]
    channels = share(patches.depth, groups, "channels")
    each = share(filters, groups, "filters")
    batch, positions = patches.padded.shape[0], prod(patches.counts)
    gathered = patches.view().reshape(batch, positions, -1, groups, channels)
    gathered = np.moveaxis(gathered, (1, 3), (0, 1)).reshape(positions, groups, batch, -1)
    by_group = np.moveaxis(kernel.reshape(positions, -1, groups, each), 2, 1)
    product = counter.matmul(gathered, by_group, np.empty((*gathered.shape[:-1], each), np.float32))
    out = np.ascontiguousarray(np.moveaxis(product, 2, 0)).reshape(batch, *patches.counts, filters)
    return out if bias is None else np.add(out, bias, out=out)


def transposed_convolution(
    counter: MacCounter, x: Array, kernel: Array, groups: int, steps: Sequence[int], gaps: Sequence[int], out: Array
) -> None:
    """Transposed convolution: every input position adds its product with the kernel to the window it stands for.

    Multiplies each input with all taps, then adds tap by tap where it belongs, or position by position where those
    are fewer; `out` is large enough for all taps.
    """
    filters, taps = kernel.shape[-1], kernel.shape[:-2]
    channels = share(x.shape[-1], groups, "channels")
    each = share(filters, groups, "filters")
    factors = np.moveaxis(kernel.reshape(*taps, channels, groups, each), (-3, -2), (1, 0))
    factors = np.ascontiguousarray(factors).reshape(groups, channels, -1)
    accumulator = out.reshape(*out.shape[:-1], groups, each)
    for block in blocks(x.shape[:-1], prod(taps) * filters, BLOCK):
        part = x[block]
        rows = part.reshape(-1, groups, channels).swapaxes(0, 1)
        product = np.empty((groups, rows.shape[1], factors.shape[-1]), np.float32)
        product = counter.matmul(rows, factors, product).reshape(groups, *part.shape[:-1], *taps, each)
        product = np.moveaxis(product, 0, -2)
        first = [along.start for along in block[1:]]
        lead = (slice(None),) * (1 + len(first))
        if prod(taps) <= prod(part.shape[1:-1]):
            for tap in np.ndindex(*taps):
                under = tuple(map(_scattered, first, part.shape[1:-1], steps, tap, gaps))
                accumulator[(block[0], *under)] += product[(*lead, *tap)]
        else:
            for place in np.ndindex(*part.shape[1:-1]):
                under = tuple(map(_scattered, (0,) * len(taps), taps, gaps, map(add, first, place), steps))
                accumulator[(block[0], *under)] += product[(slice(None), *place)]
        del product  # before the next is made


def _scattered(first: int, count: int, step: int, other: int, by: int) -> slice:
    """What `count` places from `first` on, `step` apart, write to when another axis has come to `other` · `by`."""
    begin = first * step + other * by
    return slice(begin, begin + (count - 1) * step + 1, step)
