"""Receptive fields found by poisoning: which positions of the input reach an output, layer after layer, along one axis.

Every layer is poisoned by itself on one channel, and what its outputs read is followed back to the input. The way is
walked on an input that is enlarged by whole strides, so that some outputs lie clear of its borders.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from math import lcm
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shapecalc.graph import Graph, Node
from shapecalc.layer import Layer
from shapecalc.reference import Unrunnable
from shapecalc.report import Field, Row
from shapecalc.running.poison import Given, Probe, Reads, along, key, reads

LONGEST = 2048
"""Positions of the longest enlarged input that is walked."""


class Seen(NamedTuple):
    """First and last input position that each output depends on (−1 where it depends on none)."""

    size: int
    """Positions of the enlarged input."""
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    regular: bool = True
    """On all ways from the input, neighbouring outputs look a fixed number of positions further."""
    widest: bool = False
    """Every output depends on the first and the last position that anything that arrives depends on."""
    full: bool = False
    """Every output of the layer itself reads every position of what arrives."""


class _Own(NamedTuple):
    """What the outputs of one layer read: positions, output after output, and where each output's begin."""

    positions: NDArray[np.int64]
    begins: NDArray[np.int64]
    """Of those that read anything."""
    reading: NDArray[np.bool_]
    """Which outputs read anything."""
    regular: bool
    full: bool
    """Every output reads every position."""


_Known = dict[tuple[object, ...], _Own | None]


def walk(graph: Graph, rows: Sequence[Row], axis: int) -> dict[int, Seen]:
    """What the outputs of every node see along an axis; nodes that cannot be walked are left out.

    Where an enlarged input leads nowhere (a crop to one position that is spread again) the input is taken as it is.
    Nothing can be said behind layers that mix values of several positions by reshaping, nor on an input longer than
    LONGEST.
    """
    more = _enlarged(rows, axis)
    found = _walked(graph, rows, axis, more)
    if more and len(found) < sum(1 for row in rows if row.output and axis < len(row.output.spatial)):
        return _walked(graph, rows, axis, 0) | found
    return found


def _walked(graph: Graph, rows: Sequence[Row], axis: int, more: int) -> dict[int, Seen]:
    found: dict[int, Seen] = {}
    known: _Known = {}
    for node in graph.nodes:
        output = rows[node.index].output
        if output is None or axis >= len(output.spatial):
            continue
        if not node.inputs and output.spatial[axis] + more <= LONGEST:
            here = np.arange(output.spatial[axis] + more)
            found[node.index] = Seen(len(here), here, here)
        sources = [found[i] for i in node.inputs if i in found]
        if sources and len(sources) == len(node.inputs):
            seen = _through(node, rows[node.index], axis, sources, known)
            if seen is not None:
                found[node.index] = seen
    return found


def _enlarged(rows: Sequence[Row], axis: int) -> int:
    """By how much to enlarge every input: whole strides of the deepest layer, until its windows fit in."""
    local = ("exact", "outer bounds")
    fields = [r.field.axes[axis] for r in rows if r.field and r.field.status in local and axis < len(r.field.axes)]
    step = lcm(*(int(f.step) for f in fields if f.step >= 1 and f.step == int(f.step)))
    inputs = [r.output.spatial[axis] for r in rows if r.output and not r.node.inputs and axis < len(r.output.spatial)]
    room = LONGEST - max(inputs, default=0)
    # An adaptive pool keeps its number of outputs, and so reads further on a larger input.
    fixed = any(len(getattr(r.node.layer, "size", ())) and r.node.inputs for r in rows)
    if fixed or step > room:
        return 0
    wanted = max((f.size for f in fields), default=1) + step
    return min(-(-wanted // step), room // step) * step


def _through(node: Node, row: Row, axis: int, sources: Sequence[Seen], known: _Known) -> Seen | None:
    """What a node's outputs see, from what its inputs see. Normalising counts as staying in place."""
    layer, volumes = node.layer, [v for v in row.inputs if v is not None]
    if layer is None or len(volumes) < len(sources) or len({source.size for source in sources}) > 1:
        return None
    if layer.bucket == "norm":
        return sources[0]
    alone = along(layer, axis, len(volumes[0].spatial))
    sizes = tuple(len(source.first) for source in sources)
    owns = [_own(alone, sizes, which, known) for which in range(len(sources))]
    if any(own is None for own in owns):
        return _rearranged(node, row, axis, sources[0]) if len(sources) == 1 else None
    return _composed([(source, own) for source, own in zip(sources, owns, strict=True) if own is not None])


def _composed(ways: Sequence[tuple[Seen, _Own]]) -> Seen:
    """An output depends on what any position depends on that it reads, of any of the inputs."""
    size = ways[0][0].size
    first = np.full(len(ways[0][1].reading), size)
    last = np.full(len(first), -1)
    for source, own in ways:
        least = np.where(source.first < 0, size, source.first)
        starts = np.minimum.reduceat(least[own.positions], own.begins)
        ends = np.maximum.reduceat(source.last[own.positions], own.begins)
        first[own.reading] = np.minimum(first[own.reading], starts)
        last[own.reading] = np.maximum(last[own.reading], ends)
    seen = Seen(size, np.where(last < 0, -1, first), last, all(s.regular and own.regular for s, own in ways))
    spans = [_span(source) for source, _ in ways]
    widest = _all_see(seen, min(low for low, _ in spans), max(high for _, high in spans))
    return seen._replace(widest=widest, full=all(own.full for _, own in ways))


def _rearranged(node: Node, row: Row, axis: int, source: Seen) -> Seen | None:
    """Behind a layer that cannot be followed position by position, where all positions of its input see the same.

    Then all outputs see that too, if they depend on anything: on an input of nothing but NaN all of them are NaN.
    """
    (volume,) = row.inputs
    assert node.layer is not None
    assert row.output is not None
    assert volume is not None
    low, high = _span(source)
    if not _all_see(source, low, high):
        return None
    poisoned = np.full((1, *volume.sizes), np.nan, np.float32)
    with suppress(Unrunnable, ValueError), np.errstate(invalid="ignore"):
        if np.isnan(node.layer.forward(Probe(), Given(), poisoned)).all():
            outputs = row.output.spatial[axis]
            return Seen(source.size, np.full(outputs, low), np.full(outputs, high), source.regular, True, True)
    return None


def _span(seen: Seen) -> tuple[int, int]:
    """First and last position that any output sees."""
    depending = seen.last >= 0
    return int(seen.first[depending].min(initial=seen.size)), int(seen.last.max(initial=-1))


def _all_see(seen: Seen, low: int, high: int) -> bool:
    """Whether all outputs that depend on anything see from one position to another."""
    depending = seen.last >= 0
    return bool((seen.first[depending] == low).all() and (seen.last[depending] == high).all())


def _own(layer: Layer, sizes: tuple[int, ...], which: int, known: _Known) -> _Own | None:
    """The reads of a layer along one axis; None where it cannot be run on one channel, or reads nothing at all."""
    what = (*key(layer), sizes, which)
    if what not in known:
        known[what] = None
        with suppress(Unrunnable, ValueError):
            matrix = reads(layer, sizes, which)
            if matrix.any():
                known[what] = _listed(matrix)
    return known[what]


def _listed(matrix: Reads) -> _Own:
    """A matrix as lists, and whether it is regular.

    It is not where something is cut off at a border, so that one more output would have had something to read:
    padding behind it stands where there was input.
    """
    size = len(matrix)
    outputs, positions = np.nonzero(matrix.T)
    reading: NDArray[np.bool_] = np.asarray(matrix.any(axis=0))
    begins = np.searchsorted(outputs, np.flatnonzero(reading))
    first, last = positions[begins], positions[np.append(begins[1:], len(positions)) - 1]
    step = max(1, int(last[-1] - last[-2])) if len(last) > 1 else size
    cut = bool(first[0] > 0 or last[-1] + step < size)
    return _Own(positions, begins, reading, not cut, bool(matrix.all()))


def stated(field: Field, outputs: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
    """First and last position that every output is said to see, and which see any.

    Read off the report's numbers without the help of what made them.
    """
    intervals = field.intervals
    ends = [interval or (0, 0) for interval in intervals]
    largest = max(abs(n) for n in (field.advance * outputs, *(end for pair in ends for end in pair)))
    kind = np.int64 if largest < 1 << 60 else object
    turns, place = np.divmod(np.arange(outputs), len(intervals))
    moved = turns.astype(kind) * field.advance
    first, last = (np.array([pair[end] for pair in ends], kind)[place] + moved for end in (0, 1))
    return first, last, np.array([interval is not None for interval in intervals])[place]


def disagreement(field: Field, seen: Seen, *, exact: bool = True) -> str:
    """How what was seen contradicts a stated receptive field; empty where it does not.

    An output may depend on what the field says it sees, cut off at the borders, and one whose field lies clear of
    the borders depends on both its ends, unless the field is stated as outer bounds.
    """
    first, last, any_stated = stated(field, len(seen.first))
    beyond = (seen.first < first) | (seen.last > last) | ~any_stated
    short = (seen.first != first) | (seen.last != last)
    clear = (first >= 0) & (last < seen.size) & (exact and seen.regular)
    wrong = np.flatnonzero((seen.last >= 0) & (beyond | (clear & short)).astype(bool))
    if not len(wrong):
        return ""
    output = int(wrong[0])
    return f"output {output} depends on {seen.first[output]} to {seen.last[output]}"
