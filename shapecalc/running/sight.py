"""Proofs by poisoning: how windows tile, what outputs read of their layer's input, and of the network's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil, floor
from typing import TypeVar

import numpy as np

from shapecalc.graph import Graph
from shapecalc.layer import HERE, Layer, Reach, Volume
from shapecalc.reference import Slid, Unrunnable
from shapecalc.report import Field, ReceptiveField, Row
from shapecalc.running.dependence import LONGEST as FARTHEST
from shapecalc.running.dependence import Compared, Seen, compared, walk
from shapecalc.running.poison import LONGEST, Covered, Reads, along, coverage, key, reads
from shapecalc.running.proof import Proof, by

T = TypeVar("T")

AS_STATED = "as stated"
PART = "a part of the input"
GAPS = "what lies before reads with gaps, and may miss the borders"
HARM = ("exact", "subsamples", "trims-padding", "drops-pixels")
"""Classes of tiling from harmless to harmful."""


class Sight:
    """What the layers of a network read and see: needs no weights, and is the same for the same layer and size."""

    def __init__(self, graph: Graph, rows: tuple[Row, ...]) -> None:
        rank = max(len(row.output.spatial) for row in rows if row.output)
        self.seen: list[dict[int, Seen]] = [walk(graph, rows, axis, enlarged=False) for axis in range(rank)]
        """What outputs depend on, axis by axis."""
        self.clear: list[dict[int, Seen]] = [walk(graph, rows, axis, enlarged=True) for axis in range(rank)]
        """The same on an input so large that some outputs lie clear of its borders."""
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
        kinds = _each([t.kind for t in row.tilings])
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
            Proof("tiling", kinds, _each([axis.kind for axis in axes])),
            Proof("worst tiling", str(row.tiling), max((axis.kind for axis in axes), key=HARM.index)),
            Proof("padding", *_padding(layer, volume, axes)),
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
        field, index = row.field, row.node.index
        if field is None:
            return [Proof("receptive field", "unknown", "", skipped="the report states none")]
        said = field.status if field.status == "whole input" else by(axis.size for axis in field.axes)
        if field.status == "mixed":
            reason = "branches that look in different steps are joined"
            return [Proof("receptive field", said, "", skipped=reason)]
        whole = [walked.get(index) for walked in self.seen[: len(field.axes)]]
        clear = [walked.get(index) for walked in self.clear[: len(field.axes)]]
        if any(seen is None for seen in whole):
            return [Proof("receptive field", said, "", skipped=self.hindrance)]
        found = [seen for seen in whole if seen is not None]
        if any((seen.last < 0).all() for seen in found):
            return [Proof("receptive field", said, "", skipped="no output depends on the input at all")]
        if field.status != "whole input":
            return _local(field, found, clear, said)
        wholly = self._whole(field.axes, found, layer)
        if wholly == PART and not all(seen.dense for seen in found):
            return [Proof("receptive field", said, "", skipped=GAPS)]
        return [Proof("receptive field", said, wholly)]

    def _whole(self, axes: Sequence[Field], found: Sequence[Seen], layer: Layer) -> str:
        """Whether outputs depend on the whole input, and whether that is what is stated."""
        if tuple(stated_ends(axis) for axis in axes) not in self.wholes:
            return by(axis.size for axis in axes)
        for seen in found:
            ends = {*seen.first[seen.last >= 0].tolist()}, {*seen.last[seen.last >= 0].tolist()}
            if ends != ({0}, {seen.size - 1}) or (layer.sees_everything and not seen.full):
                return PART
        return "whole input"


def stated_ends(axis: Field) -> tuple[int, int] | None:
    """First and last position that all outputs are said to see; None if they are not all said to see the same."""
    return axis.intervals[0] if len(axis.intervals) == 1 and not axis.advance else None


def _local(field: ReceptiveField, found: Sequence[Seen], clear: Sequence[Seen | None], said: str) -> list[Proof]:
    """A field that moves with its output (or is a fixed part of the input), and the numbers that are shown of it."""
    exact, shown = field.status == "exact", True
    for axis, seen, larger in zip(field.axes, found, clear, strict=True):
        fixed = stated_ends(axis)
        if fixed and (fixed[0] < 0 or fixed[1] >= seen.size):
            return [Proof("receptive field", said, f"an input of {seen.size:,} positions")]
        result = compared(axis, seen, exact=False)
        if not result.wrong:
            result = compared(axis, larger or seen, exact=exact)
            if result.wrong and fixed and not seen.dense:
                return [Proof("receptive field", said, "", skipped=GAPS)]
            # On an input that cannot be enlarged a border in between (of a crop, say) may lie within the field.
            if result.wrong and larger is None and not fixed:
                result = Compared(shown=False)
        if result.wrong:
            return [Proof("receptive field", said, result.wrong)]
        shown = shown and result.shown
    if not shown:
        reason = "no output lies so far from the borders that it could be shown to see all of it"
        return [Proof("receptive field", said, "", skipped=reason)]
    # What was compared are the intervals; the figures that are shown are read off them once more.
    intervals = [[ends for ends in axis.intervals if ends] or [(0, -1)] for axis in field.axes]
    steps = [Fraction(axis.advance, len(axis.intervals)) for axis in field.axes]
    return [
        Proof("receptive field", said, by(max(b - a + 1 for a, b in ends) for ends in intervals)),
        Proof("step of the field", by(axis.step for axis in field.axes), by(steps)),
        Proof("offset of the field", by(axis.low for axis in field.axes), by(ends[0][0] for ends in intervals)),
    ]


def _poisoned(look: Callable[[], T], size: int) -> T | str:
    """What a layer was found to read, or why that cannot be found."""
    if size > LONGEST:
        return f"an axis of {size:,} positions is too long to be poisoned"
    try:
        return look()
    except (Unrunnable, ValueError) as problem:
        return f"not followed on one channel: {problem}"


def _each(kinds: Sequence[str]) -> str:
    """The class of all axes, or of each where they differ."""
    return kinds[0] if len(set(kinds)) == 1 else ", ".join(kinds)


def _padding(layer: Layer, volume: Volume, axes: Sequence[Covered]) -> tuple[str, str]:
    """What is shown as padding, before and behind on every axis, and what was found."""
    pairs = layer.in_force(volume)["P"].pairs
    return by(f"({a},{b})" for a, b in pairs), by(f"({axis.before},{axis.after})" for axis in axes)


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
