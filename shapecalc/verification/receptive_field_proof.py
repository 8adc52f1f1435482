"""Proofs of receptive fields: what a report states of them, compared with what outputs were seen to depend on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapecalc.core.layer import Layer
from shapecalc.core.phrases import size_text
from shapecalc.core.record import NamedTuple
from shapecalc.passes.graph import Graph
from shapecalc.passes.live_positions import Ends
from shapecalc.passes.report import Field, ReceptiveField, Row
from shapecalc.verification.dependencies import LONGEST, Readings, Seen, walk, walk_enlarged
from shapecalc.verification.proof import Proof, compared_axes

PART = "a part of the input"


class ReceptiveFieldProofs:
    """What the outputs of a network see of its input: needs no weights."""

    def __init__(self, graph: Graph, rows: tuple[Row, ...]) -> None:
        rank = max(len(row.output.spatial) for row in rows if row.output)
        here, enlarged = Readings(), Readings()
        self.seen: list[dict[int, Seen]] = [walk(graph, rows, axis, here) for axis in range(rank)]
        """What outputs depend on, axis by axis."""
        self.clear = [walk_enlarged(graph, rows, axis, enlarged, self.seen[axis]) for axis in range(rank)]
        """The same on an input so large that some outputs lie clear of its borders."""
        starts = [row.output.spatial for row in rows if row.output and not row.node.inputs]
        self.wholes = {tuple((0, size - 1) for size in spatial) for spatial in starts}
        """First and last position of every INPUT, axis by axis."""
        longest = max(size for spatial in starts for size in spatial)
        self.known: dict[tuple[int | bool, ...], list[Proof]] = {}
        """Proofs by what they hang on: many layers see what the one before them sees."""
        self.hindrance = "the layers before it cannot be followed"
        if longest > LONGEST:
            self.hindrance = f"an input of {longest:,} positions is too long to follow"

    def proofs(self, row: Row) -> list[Proof]:
        """The receptive field of a layer; an input has none to prove."""
        field, layer = row.field, row.node.layer
        if not row.inputs:
            return []
        if field is None:
            return [_left_out("unknown", "the report states none")]
        expected = field.status if field.status == "whole input" else _shown(field, (axis.size for axis in field.axes))
        if field.status == "mixed":
            return [_left_out(expected, "it joins branches with different strides")]
        whole = [walked.get(row.node.index) for walked in self.seen[: len(field.axes)]]
        clear = [walked.get(row.node.index) for walked in self.clear[: len(field.axes)]]
        found = [seen for seen in whole if seen is not None]
        if len(found) < len(whole):
            return [_left_out(expected, self.hindrance)]
        if all((seen.last < 0).all() for seen in found) and not any(axis.size for axis in field.axes):
            return [Proof("receptive field", expected, expected)]
        if any(seen.inexact for seen in found) and field.status != "outer bounds":
            return [_left_out(expected, self.hindrance)]
        if any((seen.last < 0).all() for seen in found):
            return [_left_out(expected, "no output depends on the input at all")]
        what = (*map(id, (field, *found, *clear)), layer.is_global)
        if what not in self.known:
            wholly = field.status == "whole input" and self._whole(field.axes, found, layer)
            self.known[what] = (
                [Proof("receptive field", expected, wholly)] if wholly else _local(field, found, clear, expected)
            )
        return self.known[what]

    def live(self, row: Row) -> tuple[Ends, ...]:
        """The positions of a row that the input reaches, axis by axis; what is stated where that cannot be followed."""
        assert row.live is not None
        if not row.live.exact:
            return row.live.ends
        found = list(row.live.ends)
        for axis, walked in enumerate(self.seen[: len(found)]):
            seen = walked.get(row.node.index)
            if seen is not None and not seen.moved and (seen.last >= 0).any():
                reached = np.flatnonzero(seen.last >= 0)
                found[axis] = int(reached[0]), int(reached[-1])
        return tuple(found)

    def _whole(self, axes: Sequence[Field], found: Sequence[Seen], layer: Layer) -> str:
        """Whether outputs depend on the whole input, and whether that is what is stated."""
        if tuple(_fixed(axis) for axis in axes) not in self.wholes:
            return size_text(axis.size for axis in axes)
        for seen in found:
            ends = {*seen.first[seen.last >= 0].tolist()}, {*seen.last[seen.last >= 0].tolist()}
            if ends != ({0}, {seen.size - 1}) or (layer.is_global and not seen.full):
                return PART
        return "whole input"


def _left_out(expected: str, reason: str) -> Proof:
    return Proof("receptive field", expected, "", skipped=reason)


def _shown(field: ReceptiveField, sizes: Iterable[int]) -> str:
    """Sizes of a field; of outer bounds it is only shown that they are not exceeded."""
    return ("at most " if field.status == "outer bounds" else "") + size_text(sizes)


def _fixed(axis: Field) -> tuple[int, int] | None:
    """First and last position that all outputs are said to see; None if they are not all said to see the same."""
    return axis.intervals[0] if len(axis.intervals) == 1 and not axis.advance else None


def _local(field: ReceptiveField, found: Sequence[Seen], clear: Sequence[Seen | None], expected: str) -> list[Proof]:
    """A field that moves with its output (or is a fixed part of the input), and the numbers that are shown of it."""
    exact, shown, faults = field.status == "exact", True, [""] * len(found)
    for which, (axis, seen, larger) in enumerate(zip(field.axes, found, clear, strict=True)):
        fixed = _fixed(axis)
        if fixed and (fixed[0] < 0 or fixed[1] >= seen.size):
            faults[which] = f"of {fixed[0]} to {fixed[1]} on an input of {seen.size:,} positions"
            return [compared_axes("receptive field", expected, faults)]
        result = _compared(axis, seen, seen.size, exact=False)
        if not result.wrong:
            result = _compared(axis, larger or seen, seen.size, exact=exact)
            # On an input that cannot be enlarged a border in between (of a crop, say) may lie within the field.
            if result.wrong and larger is None and not fixed:
                result = _Compared(shown=False)
        if result.wrong and seen.inexact and not fixed:
            return [_left_out(expected, "outputs along several axes see different parts")]
        if result.wrong:
            faults[which] = result.wrong
            return [compared_axes("receptive field", expected, faults)]
        shown = shown and result.shown
    if not shown:
        return [_left_out(expected, "every output is near a border, so none sees all of it")]
    if not exact:
        return [Proof("receptive field", expected, expected)]
    # What was compared are the intervals; the figures that are shown are read off them once more.
    intervals = [[ends for ends in axis.intervals if ends] or [(0, -1)] for axis in field.axes]
    steps = [Fraction(axis.advance, len(axis.intervals)) for axis in field.axes]
    # Of a single period nothing shows how far the next one lies.
    compared = [larger or seen for seen, larger in zip(found, clear, strict=True)]
    moves = all(len(s.first) > len(axis.intervals) for s, axis in zip(compared, field.axes, strict=True))
    step = Proof("step of the field", size_text(axis.step for axis in field.axes), size_text(steps))
    lows = size_text(ends[0][0] for ends in intervals)
    return [
        Proof("receptive field", expected, size_text(max(b - a + 1 for a, b in ends) for ends in intervals)),
        *([step] if moves else []),
        Proof("offset of the field", size_text(axis.low for axis in field.axes), lows),
    ]


class _Compared(NamedTuple):
    """A stated receptive field against what was seen."""

    wrong: str = ""
    """How what was seen contradicts it."""
    shown: bool = True
    """Its ends were really reached, not only never exceeded."""


def _compared(field: Field, seen: Seen, size: int, *, exact: bool = True) -> _Compared:
    """Holds a stated receptive field against what outputs were seen to depend on, perhaps on an input of over `size`.

    No output may depend on more. A period of outputs that are said to see the middle, clear of the borders, must depend
    on both ends, unless the field is stated as outer bounds; if they don't lie clear of them by what is stated, they
    must not by what is seen either, unless some layer reads with gaps.
    """
    first, last, any_stated = _stated(field, len(seen.first))
    depending = seen.last >= 0
    beyond = depending & ((seen.first < first) | (seen.last > last) | ~any_stated).astype(bool)
    short = ((seen.first != first) | (seen.last != last)).astype(bool) & any_stated
    asked = depending if _fixed(field) else _central(first, last, len(field.intervals), seen.size)
    clear = ((first >= 0) & (last < seen.size)).astype(bool) & any_stated
    inside = (seen.first > 0) & (seen.last < seen.size - 1) & depending & seen.dense
    wrong = np.flatnonzero(beyond | (asked & short & (clear | inside)) if exact else beyond)
    if not len(wrong):
        return _Compared(shown=not exact or bool((clear | ~any_stated)[asked].all()))
    output = int(wrong[0])
    sees = f"{seen.first[output]} to {seen.last[output]}" if depending[output] else "nothing"
    expected = f"{first[output]} to {last[output]}" if any_stated[output] else "nothing"
    where = "" if seen.size == size else f" on an input enlarged to {seen.size:,}"
    return _Compared(f"output {output} sees {sees}, not {expected}{where}")


def _central(first: NDArray[Any], last: NDArray[Any], period: int, size: int) -> NDArray[np.bool_]:
    """A period of outputs that are said to see the middle of an input."""
    period = min(period, len(first))
    start = int(np.argmin(abs(first[: len(first) - period + 1] + last[period - 1 :] - (size - 1))))
    central = np.zeros(len(first), np.bool_)
    central[start : start + period] = True
    return central


def _stated(field: Field, outputs: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
    """First and last position that every output is said to see, and which see any.

    Read off the report's numbers without the help of what made them.
    """
    intervals = field.intervals
    ends = [interval or (0, 0) for interval in intervals]
    largest = max(abs(n) for n in (field.advance * outputs, *(end for pair in ends for end in pair)))
    kind = np.int64 if largest < 1 << 60 else object
    iterations, place = np.divmod(np.arange(outputs), len(intervals))
    moved = iterations.astype(kind) * field.advance
    first, last = (np.array([pair[end] for pair in ends], kind)[place] + moved for end in (0, 1))
    return first, last, np.array([interval is not None for interval in intervals])[place]
