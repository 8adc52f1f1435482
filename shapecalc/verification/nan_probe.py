"""What a layer reads, found by probing: a NaN in one position of one axis, and where it comes out again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from shapecalc.core.layer import Layer
from shapecalc.core.record import NamedTuple
from shapecalc.numerics.arrays import Array, Placement
from shapecalc.numerics.toolkit import Given, Role, Run, Unrunnable
from shapecalc.verification.execute import run_forward

Reads = NDArray[np.bool_]
"""Positions x outputs of one axis: whether the output reads the position."""

LONGEST = 4096
"""Positions of the longest axis that is probed; the work grows with the square."""
AT_ONCE = 1 << 17
"""Values of copies that are run at once: what is made of more leaves the cache, and takes five times as long."""
MOST = 1 << 26
"""Pairs of a position and an output that are looked at, of one layer along one axis."""
MOST_BRANCHES = 128
"""Inputs of a layer that are tried one by one, each of which takes as long as the whole layer."""


class Read(NamedTuple):
    """What the outputs of a layer read of one axis of one input."""

    matrix: Reads
    apart: bool
    """Taps or windows are apart."""


@dataclass
class Probe(Run):
    """A run whose weights are all 1, so that whatever is read comes out."""

    def fit(self, weight: Array, shape: Sequence[int], *, role: Role = "weight") -> Array:
        """Ones in the shape that the arrays demand."""
        return np.ones(shape, np.float32)


@dataclass
class PaddedProbe(Probe):
    """A probe of the padded row: it is copied once for each of `positions`, with a NaN there."""

    positions: range = range(0)
    placement: Placement | None = None

    def pad(self, x: Array, placements: Sequence[Placement], fill: float = 0.0) -> Array:
        """The padded row with NaNs; there are none in the overhang."""
        padded = super().pad(x, placements, fill)
        (self.placement,) = placements
        stop = self.placement.padded - self.placement.overhang
        chosen = [p for p in self.positions if p < stop]
        copies = np.repeat(padded, len(chosen), axis=0)
        copies[np.arange(len(chosen)), chosen] = np.nan
        return copies


@lru_cache(1 << 12)
def along(layer: Layer, axis: int, rank: int) -> Layer:
    """The layer as it works along one axis, on one channel."""
    return layer.along(axis, rank).on_one_channel


@lru_cache(1 << 12)
def key(layer: Layer) -> tuple[object, ...]:
    """What makes two layers along one axis the same."""
    return (layer.kind, *sorted((name, repr(value)) for name, value in layer.arguments.items()))


def reads(layer: Layer, sizes: Sequence[int], which: int = 0) -> Read:
    """Which outputs of a layer along one axis read which positions of one of its inputs.

    `sizes` are the positions of all its inputs, `which` is the one that has a NaN. Raises Unrunnable.
    """
    if len(sizes) > MOST_BRANCHES:
        raise Unrunnable(f"{len(sizes):,} branches are too many to test one by one")
    depth, size = layer.least_depth, sizes[which]
    found: list[Reads] = []
    low, step, probe = 0, 1, Probe()
    while low < size:
        copies = min(step, size - low)
        arrays = [np.ones((copies, n, depth), np.float32) for n in sizes]
        arrays[which][np.arange(copies), np.arange(low, low + copies)] = np.nan
        with np.errstate(invalid="ignore"):
            out = np.isnan(run_forward(layer, probe, Given(), *arrays))
        if out.ndim != 3:
            raise Unrunnable(f"an axis of {sizes[which]:,} gives an output with {out.ndim - 2} axes")
        outputs = out.shape[1]
        _bounded(size, outputs)
        found.append(np.asarray(out.any(axis=-1)))
        low += copies
        # One copy has shown how much comes out.
        step = max(1, AT_ONCE // max(sum(sizes) * depth, out.size // copies))
    return Read(np.concatenate(found), probe.apart)


def _bounded(positions: int, outputs: int) -> None:
    if positions * outputs > MOST:
        raise Unrunnable(f"{positions:,} positions and {outputs:,} outputs are too many to test one by one")


def reads_padded(layer: Layer, size: int) -> tuple[Reads, Placement] | None:
    """Like `reads`, for positions of the padded input, with where the windows are on it; None if there are none.

    Raises Unrunnable.
    """
    found = []
    low, step, stop = 0, 1, 1
    placement: Placement | None = None
    while low < stop:
        probe = PaddedProbe(positions=range(low, low + step))
        with np.errstate(invalid="ignore"):
            probed = run_forward(layer, probe, Given(), np.ones((1, size, 1), np.float32))
        placement = probe.placement
        if placement is None:
            return None
        stop = placement.padded - placement.overhang
        _bounded(stop, probed.shape[1])
        found.append(np.isnan(probed).any(axis=-1))
        low += step
        step = max(1, AT_ONCE // (2 * max(size, placement.padded)))
    assert placement is not None
    return np.concatenate(found), placement


def channels_read(layer: Layer, depth: int, rank: int) -> Reads:
    """Which channels of an output read which channels of the input, at a single position. Raises Unrunnable."""
    found: list[Reads] = []
    for low in range(0, depth, step := max(1, AT_ONCE // depth)):
        copies = min(step, depth - low)
        rows = np.ones((copies, depth), np.float32)
        rows[np.arange(copies), np.arange(low, low + copies)] = np.nan
        with np.errstate(invalid="ignore"):
            out = run_forward(layer, Probe(), Given(), rows.reshape(copies, *(1,) * rank, depth))
        found.append(np.isnan(out).reshape(copies, -1))
    return np.concatenate(found)


class Covered(NamedTuple):
    """How the windows of one axis were found to cover it."""

    kind: str
    quotient: Fraction
    """How many windows would fit if they could be divided."""
    before: int
    after: int
    unread: int
    trimmed: int
    steps: tuple[tuple[int, int, int], ...]
    """First and last position that each output reads, counted from the first real one, and how many it reads."""


def coverage(layer: Layer, size: int, live: tuple[int, int] | None = None) -> Covered | None:
    """The tiling of a layer along one axis, by NaN probes; None if it slides no windows.

    Positions outside `live` are padding like the layer's own. Raises Unrunnable.
    """
    padded = reads_padded(layer, size)
    if padded is None:
        return None
    matrix, placement = padded
    read: Reads = np.asarray(matrix.any(axis=1))
    spans = [(int(p[0]), int(p[-1]), len(p)) for p in map(np.flatnonzero, matrix.T) if len(p)]
    before, stride = placement.before, placement.starts.step
    low, high = live or (0, size - 1)
    real = slice(before + low, before + high + 1)
    unread = int((~read[real]).sum())
    # A tap of the last window may lie in the overhang, and the one before it before padding that it covers.
    end = min(placement.starts[-1] + placement.offsets[-1] + 1, len(read))
    trimmed = len(read) - max(end, real.stop)
    kind = "exact"
    if unread:
        kind = "subsamples" if stride > len(placement.offsets) else "drops-pixels"
    elif trimmed > 0:
        kind = "trims-padding"
    left = placement.before + size + placement.after - placement.offsets[-1] - 1
    quotient = Fraction(left, stride) + 1
    steps = tuple((first - before, last - before, count) for first, last, count in spans)
    return Covered(kind, quotient, before, placement.after, unread, max(trimmed, 0), steps)
