"""Receptive fields by NaN probes: which positions of the input reach an output, layer after layer, along one axis.

Every layer is probed by itself on one channel, and what its outputs read is followed back to the input. Layers that
only move values are run on numbered ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.record import NamedTuple
from shapecalc.numerics.toolkit import Given, Unrunnable
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.report import Row
from shapecalc.verification.execute import run_forward
from shapecalc.verification.nan_probe import MOST_BRANCHES, Probe, Reads, along, key, reads

LONGEST = 4096
"""Positions of the longest enlarged input that is walked."""
MOST_PROBED = 1 << 26
"""Pairs of a position and an output after which enlarged inputs are not followed on: a second of work, and twice what
the largest networks of the zoo take."""


class Seen(NamedTuple):
    """First and last input position that each output depends on (−1 where it depends on none)."""

    size: int
    """Positions of the input."""
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    dense: bool = True
    """No layer on any way from the input reads with gaps."""
    full: bool = False
    """Every output of the layer itself reads every position of what arrives."""
    along: int = 0
    """The axis of the layer's own volume that its outputs are counted along."""
    moved: bool = False
    """Values were put elsewhere on the way, so that outputs may be counted along another axis than the input's."""
    inexact: bool = False
    """Outputs that are counted as one see different parts: the first and last of them all is what is known."""


class _Own(NamedTuple):
    """What the outputs of one layer read: positions, output after output, and where each output's begin."""

    positions: NDArray[np.int64]
    begins: NDArray[np.int64]
    """Of those that read anything."""
    reading: NDArray[np.bool_]
    """Which outputs read anything."""
    dense: bool
    """Neither outputs nor all of them together read with gaps, and there are none between them that read nothing."""
    full: bool
    """Every output reads every position."""
    same: bool = False
    """Every output reads its own position and no other."""


class Readings:
    """What layers read along an axis: each is probed once."""

    def __init__(self) -> None:
        self.known: dict[tuple[object, ...], _Own | None] = {}
        self.probed = 0

    def of(self, layer: Layer, sizes: tuple[int, ...], which: int) -> _Own | None:
        """None where a layer cannot be run on one channel, or reads nothing at all."""
        what = (*key(layer), sizes, which)
        if what not in self.known:
            self.known[what] = None
            with suppress(Unrunnable):
                matrix, apart = reads(layer, sizes, which)
                self.probed += matrix.size
                if matrix.any():
                    self.known[what] = _listed(matrix, gaps=apart)
        return self.known[what]


def walk(graph: Graph, rows: Sequence[Row], axis: int, readings: Readings, more: int = 0) -> dict[int, Seen]:
    """What the outputs of every node see along an axis of inputs with so many positions more.

    Nodes that cannot be walked are left out.
    On an enlarged input nothing can be said after layers that see everything, nor after those that keep their number
    of outputs and read with gaps. On no input can anything be said after layers that mix values of several positions
    by reshaping, nor on one longer than LONGEST.
    """
    found: dict[int, Seen] = {}
    for node in graph.nodes:
        output = rows[node.index].output
        if output is None:
            continue
        if more and readings.probed > MOST_PROBED:
            break
        if not node.inputs and axis < len(output.spatial) and output.spatial[axis] + more <= LONGEST:
            here = np.arange(output.spatial[axis] + more)
            found[node.index] = Seen(len(here), here, here, along=axis)
        sources = [found[i] for i in node.inputs if i in found]
        if sources and _reads_nothing(rows[node.index], sources):
            same = rows[node.index].arriving == output
            nothing = np.full(len(sources[0].first) if same else output.spatial[sources[0].along], -1)
            found[node.index] = sources[0]._replace(first=nothing, last=nothing, dense=True, full=False)
        elif sources and len(sources) == len(node.inputs):
            follow = _beyond if more else _through
            seen = follow(node, rows[node.index], sources, readings)
            if seen is not None:
                found[node.index] = seen
    return found


def _reads_nothing(row: Row, sources: Sequence[Seen]) -> bool:
    """Whether a layer that says so is found to read nothing of what arrives."""
    layer, volume = row.node.layer, row.arriving
    if volume is None or not layer.learned:
        return False
    with suppress(Unrunnable):
        alone = along(layer, sources[0].along, len(volume.spatial))
        return not reads(alone, tuple(len(s.first) for s in sources)).matrix.any()
    return False


def _beyond(node: Node, row: Row, sources: Sequence[Seen], readings: Readings) -> Seen | None:
    """What a node's outputs see where its inputs are larger than they are."""
    layer, volume, axis = node.layer, row.arriving, sources[0].along
    if volume is None or row.output is None or layer.is_global or layer.carries:
        return None
    if len(sources) > 1 and layer.along_positions:
        return None
    alone, larger = along(layer, axis, len(volume.spatial)), len(sources[0].first)
    stretched = alone.on_larger(volume.spatial[axis], larger)
    own = readings.of(stretched or alone, (larger,), 0) if len(sources) == 1 else None
    if stretched is not None and own is not None:
        return _composed([(sources[0], own)])
    if own is None or len(own.reading) > row.output.spatial[axis] or larger == volume.spatial[axis]:
        farther = row.output.spatial == volume.spatial and _reaches_by_size(alone, volume.spatial[axis], larger)
        return None if farther else _through(node, row, sources, readings)
    # A larger input makes the outputs see more, rather than make more of them.
    own = readings.of(alone, (volume.spatial[axis],), 0)
    longer = own and _carried_on(own, volume.spatial[axis], larger)
    return _composed([(sources[0], longer)]) if longer else None


def _reaches_by_size(layer: Layer, size: int, larger: int) -> bool:
    """Whether outputs of a larger input read farther: the positions of a grid lie farther apart there."""
    one, other = (layer.access(Volume((n,), layer.least_depth)) for n in (size, larger))
    return one != other


def _carried_on(own: _Own, size: int, larger: int) -> _Own | None:
    """Reads of `size` positions, over more of them: what repeats goes on repeating. None if they have gaps."""
    ends = np.append(own.begins[1:], len(own.positions)) - 1
    first, last = own.positions[own.begins], own.positions[ends]
    for outputs in range(1, len(first) + 1):
        iterations, left = divmod(len(first), outputs)
        moved = size // iterations
        steps = (first[outputs:] - first[:-outputs], last[outputs:] - last[:-outputs])
        if own.dense and not left and moved * iterations == size and all((step == moved).all() for step in steps):
            starts = (np.arange(larger // moved)[:, None] * moved + first[:outputs]).ravel()
            lengths = np.tile(last[:outputs] - first[:outputs] + 1, larger // moved)
            begins = np.append(0, np.cumsum(lengths)[:-1])
            positions = np.arange(lengths.sum()) + np.repeat(starts - begins, lengths)
            return _Own(positions, begins, np.ones(len(starts), np.bool_), dense=True, full=False)
    return None


def walk_enlarged(
    graph: Graph, rows: Sequence[Row], axis: int, readings: Readings, seen: Mapping[int, Seen]
) -> dict[int, Seen]:
    """The same on inputs enlarged by whole strides, so that some outputs lie clear of the borders.

    `seen` is what the outputs see on inputs as they are. Empty where inputs cannot be enlarged.
    """
    more = _room(rows, axis, seen)
    return walk(graph, rows, axis, readings, more) if more else {}


def _room(rows: Sequence[Row], axis: int, seen: Mapping[int, Seen]) -> int:
    """By how much to enlarge every input: by whole strides of the deepest layer, until the stated fields fit in.

    They are to fit between what is left unread at either end; whole strides leave padding that depends on sizes as it
    is. What is stated is good enough to choose by.
    """
    fields = [r.field.axes[axis] for r in rows if r.field and axis < len(r.field.axes)]
    step = lcm(*(Fraction(f.step).numerator for f in fields if f.advance))
    inputs = [r.output.spatial[axis] for r in rows if r.output and not r.node.inputs and axis < len(r.output.spatial)]
    left = LONGEST - max(inputs, default=0)
    unread = max((max(int(s.first.min()), s.size - 1 - int(s.last.max())) for s in seen.values()), default=0)
    wanted = max((f.size + f.advance for f in fields if f.advance), default=1) + 2 * unread + step
    return max(0, min(-(-wanted // step), left // step) * step)


def _through(node: Node, row: Row, sources: Sequence[Seen], readings: Readings) -> Seen | None:
    """What a node's outputs see, from what its inputs see. Normalising counts as staying in place."""
    layer, volumes, axis = node.layer, row.volumes, sources[0].along
    together = len(volumes) == len(sources) and len({(s.size, s.along) for s in sources}) == 1
    if not together or len(sources) > MOST_BRANCHES:
        return None
    if layer.op_category == "norm":
        return sources[0]
    alone = along(layer, axis, len(volumes[0].spatial))
    sizes = tuple(len(source.first) for source in sources)
    owns = [readings.of(alone, sizes, which) for which in range(len(sources))]
    if any(own is None for own in owns):
        return _rearranged(layer, row, sources[0]) if len(sources) == 1 else None
    seen = _composed([(source, own) for source, own in zip(sources, owns, strict=True) if own is not None])
    return seen._replace(inexact=False) if layer.is_global and seen.full else seen


def _composed(ways: Sequence[tuple[Seen, _Own]]) -> Seen:
    """An output depends on what any position depends on that it reads, of any of the inputs."""
    if len(ways) == 1 and ways[0][1].same and ways[0][1].full == ways[0][0].full:
        return ways[0][0]
    size = ways[0][0].size
    first = np.full(len(ways[0][1].reading), size)
    last = np.full(len(first), -1)
    for source, own in ways:
        least = np.where(source.first < 0, size, source.first)
        starts = np.minimum.reduceat(least[own.positions], own.begins)
        ends = np.maximum.reduceat(source.last[own.positions], own.begins)
        first[own.reading] = np.minimum(first[own.reading], starts)
        last[own.reading] = np.maximum(last[own.reading], ends)
    dense = all(source.dense and own.dense for source, own in ways)
    full = any(own.full for _, own in ways)
    moved, inexact = (any(flags) for flags in zip(*((s.moved, s.inexact) for s, _ in ways), strict=True))
    return Seen(size, np.where(last < 0, -1, first), last, dense, full, ways[0][0].along, moved, inexact)


def _rearranged(layer: Layer, row: Row, source: Seen) -> Seen | None:
    """What outputs see of a layer that cannot be followed position by position: what the values see that it moves.

    Other layers are followed where all positions of their input see the
    same: all outputs see that too, if they depend on anything: on an input of nothing but NaN all of them are NaN.
    """
    (volume,) = row.volumes
    assert row.output is not None
    moved = moved_from(layer, volume)
    if moved is not None and len(source.first) == volume.spatial[source.along]:
        return _after_moving(moved, volume, source)
    if not all_alike(source):
        return None
    probed = np.full((1, *volume.sizes), np.nan, np.float32)
    with suppress(Unrunnable), np.errstate(invalid="ignore"):
        if np.isnan(run_forward(layer, Probe(), Given(), probed)).all():
            along = source.along if source.along < len(row.output.spatial) else 0
            first, last = (np.full(row.output.spatial[along], ends.max()) for ends in (source.first, source.last))
            return source._replace(first=first, last=last, full=True, along=along)
    return None


def _after_moving(moved: NDArray[np.int64], volume: Volume, source: Seen) -> Seen:
    """What outputs see that are values of a volume at other places, along the axis that it changes along."""
    place = np.unravel_index(moved, volume.sizes)[source.along]
    first = np.where(source.first < 0, source.size, source.first)[place].min(axis=-1)
    last = source.last[place].max(axis=-1)
    axes = range(first.ndim)
    changing = [axis for axis in axes if any((np.diff(ends, axis=axis) != 0).any() for ends in (first, last))]
    along = changing[0] if changing else source.along if source.along in axes else 0
    others = tuple(axis for axis in axes if axis != along)
    first, last = first.min(axis=others), last.max(axis=others)
    first, alike = np.where(last < 0, -1, first), all_alike(source)
    dense, inexact = source.dense and alike, source.inexact or len(changing) > 1
    full = alike or moved.shape[-1] == volume.size  # one position has all values
    return source._replace(first=first, last=last, dense=dense, full=full, along=along, moved=True, inexact=inexact)


def all_alike(seen: Seen) -> bool:
    """Whether all outputs that depend on anything see from the same position to the same."""
    depending = seen.last >= 0
    return len({*zip(seen.first[depending].tolist(), seen.last[depending].tolist(), strict=True)}) == 1


def _listed(matrix: Reads, *, gaps: bool) -> _Own:
    """A matrix as lists."""
    outputs, positions = np.nonzero(matrix.T)
    reading: NDArray[np.bool_] = np.asarray(matrix.any(axis=0))
    begins = np.searchsorted(outputs, np.flatnonzero(reading))
    ends = np.append(begins[1:], len(positions))
    read, depending = np.flatnonzero(matrix.any(axis=1)), np.flatnonzero(reading)
    apart = (
        bool((positions[ends - 1] - positions[begins] + 1 > ends - begins).any())
        or np.ptp(read) + 1 > len(read)
        or np.ptp(depending) + 1 > len(depending)
    )
    same = matrix.shape[0] == matrix.shape[1] and np.array_equal(positions, outputs) and bool(reading.all())
    return _Own(positions, begins, reading, not (gaps or apart), bool(matrix.all()), same)


# --- values that a layer moves ----------------------------------------------------------------

MOST_VALUES = 1 << 24
"""Whole numbers that float32 tells apart."""


def moved_from(layer: Layer, volume: Volume) -> NDArray[np.int64] | None:
    """For every value of the output, in its shape, which value of the input it is, counted from 0.

    None where the layer does more than move values: what it makes of numbers in order and of the same numbers shuffled
    must come from the same places.
    """
    if volume.size > MOST_VALUES:
        return None
    shuffled = np.random.default_rng(0).permutation(volume.size)
    with suppress(Unrunnable):
        found, other = (
            run_forward(layer, Probe(), Given(), values.astype(np.float32).reshape(1, *volume.sizes))[0]
            for values in (np.arange(volume.size), shuffled)
        )
        places: NDArray[np.int64] = found.astype(np.int64)
        in_range = bool(((places >= 0) & (places < volume.size)).all())
        if in_range and (places == found).all() and (shuffled[places] == other).all():
            return places
    return None
