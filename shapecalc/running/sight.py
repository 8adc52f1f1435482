"""Proofs by poisoning: how windows tile, what outputs read of their layer's input, and of the network's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import ceil, floor
from typing import TypeVar

import numpy as np

from shapecalc.graph import Graph
from shapecalc.layer import HERE, Layer, Reach, Volume
from shapecalc.reference import Slid, Unrunnable
from shapecalc.report import Row
from shapecalc.running.dependence import LONGEST as FARTHEST
from shapecalc.running.dependence import Seen, disagreement, walk
from shapecalc.running.poison import LONGEST, Covered, Reads, along, coverage, key, reads
from shapecalc.running.proof import Proof, by

T = TypeVar("T")

AS_STATED = "as stated"


class Sight:
    """What the layers of a network read and see: needs no weights, and is the same for the same layer and size."""

    def __init__(self, graph: Graph, rows: tuple[Row, ...]) -> None:
        rank = max(len(row.output.spatial) for row in rows if row.output)
        self.seen: list[dict[int, Seen]] = [walk(graph, rows, axis) for axis in range(rank)]
        starts = [row.output.spatial for row in rows if row.output and not row.node.inputs]
        self.wholes = {tuple((0, size - 1) for size in spatial) for spatial in starts}
        """First and last position of every INPUT, axis by axis."""
        longest = max(size for spatial in starts for size in spatial)
        self.hindrance = "what lies before cannot be followed"
        if longest > FARTHEST:
            self.hindrance = f"an input of {longest:,} positions is too long to be followed"
        self.covered: dict[tuple[object, ...], Covered | str | None] = {}
        self.read: dict[tuple[object, ...], Reads | str] = {}

    def proofs(self, row: Row, slid: Sequence[Slid]) -> list[Proof]:
        """The tiling of a layer's windows or what else it reads, and its receptive field."""
        layer, volumes = row.node.layer, [v for v in row.inputs if v is not None]
        if layer is None or not volumes:
            return []
        own = self._tiling(row, layer, volumes[0]) if row.tilings else self._reading(row, layer, volumes, slid)
        return [*own, *self._field(row, layer)]

    # --- windows --------------------------------------------------------------------------------

    def _tiling(self, row: Row, layer: Layer, volume: Volume) -> list[Proof]:
        kinds = _each(t.kind for t in row.tilings)
        found = [self._covered(along(layer, a, len(volume.spatial)), n) for a, n in enumerate(volume.spatial)]
        reasons = [f for f in found if isinstance(f, str)]
        if reasons:
            return [Proof("tiling", kinds, "", skipped=reasons[0])]
        axes = [f for f in found if isinstance(f, Covered)]
        if len(axes) < len(found):
            return [Proof("tiling", kinds, "slides no windows")]
        stand = [
            _misplaced(axis, r, n, w.after)
            for axis, r, n, w in zip(axes, layer.reach(volume), volume.spatial, row.windows, strict=True)
        ]
        return [
            Proof("tiling", kinds, _each(axis.kind for axis in axes)),
            Proof("quotient", by(t.quotient for t in row.tilings), by(axis.quotient for axis in axes)),
            Proof("unread", by(t.unread for t in row.tilings), by(axis.unread for axis in axes)),
            Proof("trimmed", by(t.trimmed for t in row.tilings), by(axis.trimmed for axis in axes)),
            Proof("windows", AS_STATED, next(filter(None, stand), AS_STATED)),
        ]

    def _covered(self, layer: Layer, size: int) -> Covered | str | None:
        what = (*key(layer), size)
        if what not in self.covered:
            self.covered[what] = _poisoned(lambda: coverage(layer, size), size)
        return self.covered[what]

    # --- layers without windows -----------------------------------------------------------------

    def _reading(self, row: Row, layer: Layer, volumes: Sequence[Volume], slid: Sequence[Slid]) -> list[Proof]:
        """What the outputs of a layer read of each of its inputs, axis by axis."""
        if slid:
            return [Proof("tiling", "none", "slides windows")]
        # The statistics of a normalisation are not counted as reading.
        if layer.bucket == "norm" or row.output is None:
            return []
        wrong, reasons = [], []
        for which, volume in enumerate(volumes):
            reach = _stated(layer, volume, row.output)
            for axis, size in enumerate(volume.spatial):
                sizes = tuple(v.spatial[axis] for v in volumes)
                matrix = self._read(along(layer, axis, len(volume.spatial)), sizes, which)
                if isinstance(matrix, str):
                    reasons.append(matrix)
                else:
                    wrong.append(_misread(matrix, reach[axis] if reach else None, size))
        said = "everything" if layer.sees_everything else AS_STATED
        found = next(filter(None, wrong), said)
        if reasons and found == said:
            # What only rearranges values is followed with the receptive field.
            return [] if layer.view and layer.sees_everything else [Proof("reading", said, "", skipped=reasons[0])]
        return [Proof("reading", said, found)]

    def _read(self, layer: Layer, sizes: tuple[int, ...], which: int) -> Reads | str:
        what = (*key(layer), sizes, which)
        if what not in self.read:
            self.read[what] = _poisoned(lambda: reads(layer, sizes, which), max(sizes))
        return self.read[what]

    # --- the network's input --------------------------------------------------------------------

    def _field(self, row: Row, layer: Layer) -> list[Proof]:
        field = row.field
        if field is None:
            return [Proof("receptive field", "unknown", "", skipped="the report states none")]
        local = field.status in ("exact", "outer bounds")
        said = by(axis.size for axis in field.axes) if local else field.status
        found = [along.get(row.node.index) for along in self.seen[: len(field.axes)]]
        seen = [s for s in found if s is not None]
        if field.status == "mixed":
            reason = "branches that look in different steps are joined"
            return [Proof("receptive field", said, "", skipped=reason)]
        if len(seen) < len(found):
            return [Proof("receptive field", said, "", skipped=self.hindrance)]
        if field.status == "whole input":
            whole = tuple(axis.intervals[0] for axis in field.axes)
            if any(axis.advance or len(axis.intervals) > 1 for axis in field.axes) or whole not in self.wholes:
                return [Proof("receptive field", by(axis.size for axis in field.axes), said)]
            reached = all(s.widest and (s.full or not layer.sees_everything) for s in seen)
            return [Proof("receptive field", said, said if reached else "part of what arrives")]
        exact = field.status == "exact"
        wrong = [disagreement(f, s, exact=exact) for f, s in zip(field.axes, seen, strict=True)]
        return [Proof("receptive field", said, next(filter(None, wrong), said))]


def _poisoned(look: Callable[[], T], size: int) -> T | str:
    """What a layer was found to read, or why that cannot be found."""
    if size > LONGEST:
        return f"an axis of {size:,} positions is too long to be poisoned"
    try:
        return look()
    except (Unrunnable, ValueError) as problem:
        return f"not followed on one channel: {problem}"


def _each(kinds: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(kinds))


def _stated(layer: Layer, volume: Volume, output: Volume) -> tuple[Reach, ...] | None:
    """What outputs are said to read of one input; None is everything."""
    if layer.sees_everything:
        return None
    if not layer.merges:
        return layer.reach(volume)
    return (HERE,) * len(volume.spatial) if volume.positions == output.positions else None


def _misplaced(axis: Covered, reach: Reach, size: int, after: int) -> str:
    """Which output does not read from where to where it is said to; empty if all do."""
    for o, (first, last) in enumerate(axis.steps):
        start, stop = reach.step * o + reach.low, reach.step * o + reach.high
        if first != start or (last != stop and not last < stop >= size + after):
            return f"output {o} reads {first} to {last}, not {start} to {stop}"
    return ""


def _misread(matrix: Reads, reach: Reach | None, size: int) -> str:
    """Which output reads beyond what it is said to, or not up to its ends where these lie in the input."""
    if reach is None:
        return "" if matrix.all() else "part of what arrives"
    for o, read in enumerate(matrix.T):
        low, high = ceil(reach.step * o + reach.low), floor(reach.step * o + reach.high)
        least, most = max(low, 0), min(high, size - 1)
        positions = np.flatnonzero(read)
        if not len(positions):
            if reach.exact and least <= most:
                return f"output {o} reads nothing, not {low} to {high}"
            continue
        first, last = int(positions[0]), int(positions[-1])
        clear = reach.exact and low >= 0 and high < size
        if first < least or last > most or (clear and (first, last) != (low, high)):
            return f"output {o} reads {first} to {last}, not {low} to {high}"
    return ""
