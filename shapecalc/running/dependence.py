"""Receptive fields found by poisoning: which positions of the input reach an output, layer after layer, along one axis.

Every layer is poisoned by itself on one channel, and what its outputs read is followed back to the input. The way is
walked on an input that is enlarged by whole strides, so that some outputs lie clear of its borders.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from math import lcm
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shapecalc.graph import Graph, Node
from shapecalc.layer import Layer
from shapecalc.reference import Unrunnable
from shapecalc.report import Field, Row
from shapecalc.running.poison import Reads, along, key, reads

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
    everything: bool = True
    """Every output of the layer itself reads all of what arrives."""


class _Own(NamedTuple):
    """What the outputs of one layer read: positions, output after output, and where each output's begin."""

    positions: NDArray[np.int64]
    begins: NDArray[np.int64]
    """Of those that read anything."""
    reading: NDArray[np.bool_]
    """Which outputs read anything."""
    regular: bool
    everything: bool


_Known = dict[tuple[object, ...], _Own | None]


def walk(graph: Graph, rows: Sequence[Row], axis: int) -> dict[int, Seen]:
    """What the outputs of every node see along an axis; nodes that cannot be walked are left out.

    Nothing can be said behind layers that mix values of several positions by reshaping, or joins of inputs that
    differ in size, nor on an input longer than LONGEST.
    """
    more = _enlarged(rows, axis)
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
    layer, volume = node.layer, row.inputs[0]
    if layer is None or volume is None:
        return None
    if len(sources) > 1:
        return _union(sources)
    (source,) = sources
    if layer.bucket == "norm":
        return source
    own = _own(along(layer, axis, len(volume.spatial)), len(source.first), known)
    if own is None:
        return None
    least = np.where(source.first < 0, source.size, source.first)
    first = np.full(len(own.reading), source.size)
    last = np.full(len(own.reading), -1)
    first[own.reading] = np.minimum.reduceat(least[own.positions], own.begins)
    last[own.reading] = np.maximum.reduceat(source.last[own.positions], own.begins)
    first = np.where(last < 0, -1, first)
    return Seen(source.size, first, last, source.regular and own.regular, own.everything)


def _own(layer: Layer, size: int, known: _Known) -> _Own | None:
    """The reads of a layer along one axis; None where it cannot be run on one channel, or reads nothing at all."""
    what = (*key(layer), size)
    if what not in known:
        known[what] = None
        with suppress(Unrunnable, ValueError):
            matrix = reads(layer, size)
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


def _union(sources: Sequence[Seen]) -> Seen | None:
    """Branches joined: an output depends on what any of them depends on; one position spreads over all."""
    if len({s.size for s in sources}) > 1 or len({len(s.first) for s in sources} - {1}) > 1:
        return None
    first = np.min(np.broadcast_arrays(*(np.where(s.first < 0, s.size, s.first) for s in sources)), axis=0)
    last = np.max(np.broadcast_arrays(*(s.last for s in sources)), axis=0)
    return Seen(sources[0].size, np.where(last < 0, -1, first), last, all(s.regular for s in sources), False)


def disagreement(field: Field, seen: Seen, *, exact: bool = True) -> str:
    """How what was seen contradicts a stated receptive field; empty where it does not.

    An output may depend on what the field says it sees, cut off at the borders, and one whose field lies clear of
    the borders depends on both its ends, unless the field is stated as outer bounds.
    """
    for o, (first, last) in enumerate(zip(seen.first.tolist(), seen.last.tolist(), strict=True)):
        if last < 0:
            continue
        said = field.at(o)
        if said is None:
            return f"output {o} depends on {first} to {last}"
        clear = exact and seen.regular and said[0] >= 0 and said[1] < seen.size
        if first < said[0] or last > said[1] or (clear and (first, last) != said):
            return f"output {o} depends on {first} to {last}"
    return ""
