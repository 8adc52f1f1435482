"""Sizes of the INPUT that fix every axis and every layer together: the nearest ones, and the smallest at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count

from shapecalc.core.layer import Volume
from shapecalc.core.parameters import Sizes
from shapecalc.diagnostics.diagnostic import Edit, Span
from shapecalc.language import syntax
from shapecalc.passes.channels_first import channels_last
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.report import Row
from shapecalc.repairs.axis_program import AxisProgram, Place, axis_programs, known_input
from shapecalc.repairs.axis_walk import Accepts, AxisWalk, SizeBudget
from shapecalc.repairs.candidate import Candidate, same_call
from shapecalc.repairs.coupled_axes import separable
from shapecalc.repairs.trial import Change, Tried

FEWEST_STEPS, STEPS_A_LAYER, MOST_STEPS = 8_000, 100, 100_000
"""Steps over layers while sizes are searched for all diagnostics of a network: a few thousandths of a second."""
FIRST = -1
"""The order of a candidate that is tried before all others: what was meant, not what is near."""


class Walks:
    """The walks along the axes of one network: what is known of a size is known for every search."""

    def __init__(self, graph: Graph, rows: Sequence[Row], accepts: Accepts) -> None:
        self.graph, self.rows, self.accepts = graph, rows, accepts
        self.budget = SizeBudget(min(FEWEST_STEPS + STEPS_A_LAYER * len(graph.nodes), MOST_STEPS))
        self.programs: list[AxisProgram] = []
        self.known: dict[frozenset[int], list[AxisWalk]] = {}
        self.outputs: dict[int, dict[tuple[int, tuple[Place, ...]], tuple[Place | None, bool]]] = {}
        """By program, what its layers make of their inputs, whichever may fail."""
        self.sizes: dict[tuple[frozenset[int], bool], list[tuple[int, ...]]] = {}
        """Sizes that work, by the layers that may fail and whether the present one is much too small."""

    def along(self, rank: int, allowed: frozenset[int]) -> list[AxisWalk]:
        """One walk an axis, in which layers of `allowed` may fail."""
        if allowed not in self.known:
            programs = self.programs = self.programs or axis_programs(self.graph, rank, self.rows)
            walks = {
                id(p): AxisWalk(p, self.accepts, allowed, self.budget, self.outputs.setdefault(id(p), {}))
                for p in programs
            }
            self.known[allowed] = [walks[id(p)] for p in programs]
        return self.known[allowed]

    def working(self, present: Volume, allowed: frozenset[int], *, too_small: bool) -> list[tuple[int, ...]]:
        """Sizes near the present one that work where layers of `allowed` may fail, the best first."""
        key = allowed, too_small
        if key not in self.sizes:
            if self.budget.left <= 0:
                return []
            self.sizes[key] = list(
                nearest_sizes(self.along(len(present.spatial), allowed), present, too_small=too_small)
            )
        return self.sizes[key]


def candidates(
    walks: Walks, rows: list[Row], row: Row, failing: frozenset[int], *, too_small: bool = False
) -> Iterator[Candidate]:
    """Inputs of other sizes with which `row` has no error; `failing` are all layers that have one now.

    `too_small` says that a window is larger than its input, so that only much larger ones may do.
    """
    graph = walks.graph
    present = known_input(graph)
    if present is None or not separable(graph, rows[: row.node.index + 1]) or not row.node.inputs:
        return
    yield from _channels_last(graph)
    tried: set[tuple[int, ...]] = {present.spatial}
    for allowed in (frozenset[int](), failing - {row.node.index}):
        for spatial in walks.working(present, allowed, too_small=too_small):
            if spatial not in tried:
                tried.add(spatial)
                yield _candidate(walks, present, spatial, row)
        if len(tried) > 1:
            return


def for_volume(
    walks: Walks, rows: list[Row], row: Row, claimed: tuple[int, ...], failing: frozenset[int]
) -> Iterator[Candidate]:
    """Inputs of other sizes with which a layer gives a claimed volume, or the number of values of a flat one."""
    graph = walks.graph
    present = known_input(graph)
    if present is None or row.output is None:
        return
    rank = len(present.spatial)
    axes = walks.along(rank, failing)
    if not row.output.flat and len(claimed) == rank + 1:
        fitting = [
            sizes_giving(walk, row.node.index, *of_axis)
            for walk, *of_axis in zip(axes, present.spatial, row.output.spatial, claimed, strict=False)
        ]
        for sizes in sizes_together(fitting, present.spatial, square=len(set(claimed[:-1])) == 1):
            yield _candidate(walks, present, sizes, row)
    elif row.node.inputs:
        before = row.node.inputs[0]
        while (source := rows[before].output) is not None and source.flat and len(rows[before].node.inputs) == 1:
            before = rows[before].node.inputs[0]
        if source is not None:
            for sizes in _of_values(axes, before, present, source, claimed[-1]):
                yield _candidate(walks, present, sizes, row)


def _of_values(
    axes: Sequence[AxisWalk], index: int, present: Volume, source: Volume, values: int
) -> Iterator[tuple[int, ...]]:
    """Inputs with which a node gives so many values: of a square input a square one, of another one axis changed."""
    rank = len(present.spatial)
    if len(source.spatial) != rank:  # its axes are no longer those of the input
        return
    if len(set(present.spatial)) == 1:
        side = _side(values, source, rank)
        if side:
            found = sizes_giving(axes[0], index, present.spatial[0], source.spatial[0], side, far=True)[:1]
            yield from ((size,) * rank for size in found)
        return
    for axis, walk in enumerate(axes):
        of_others = source.size // source.spatial[axis]
        if values % of_others == 0:
            wanted = values // of_others
            for size in sizes_giving(walk, index, present.spatial[axis], source.spatial[axis], wanted, far=True)[:1]:
                yield (*present.spatial[:axis], size, *present.spatial[axis + 1 :])


def _channels_last(graph: Graph) -> Iterator[Candidate]:
    """The INPUT with its channels last, where it looks as if they came first: what most mean who write 1x28x28."""
    for node in graph.nodes:
        if not node.layer.understood or node.inputs:
            continue
        last = channels_last(node, node.layer.output())
        if last is not None:
            yield _sized(graph, node, Sizes(last), f"if {last[-1]} is the number of channels", FIRST)


def _sized(graph: Graph, node: Node, sizes: Sizes, says: str, order: int) -> Candidate:
    """An INPUT of another size, by itself."""
    change = Change({i: graph.nodes[i].layer.changed(size=sizes) for i in same_call(graph, node)})
    edits = partial(_edit, graph, node, sizes)
    return Candidate(change, f"make the input {sizes}", lambda _: f"{_input(node, sizes)} {says}", edits, order)


def _input(node: Node, sizes: Sizes) -> str:
    return f"{node.kind}({sizes})" if node.literal else f"an input of {sizes}"


def with_an_axis_more(graph: Graph) -> Iterator[Candidate]:
    """The INPUT with its last number as an axis, and a depth of 1: `28x28x1` where 28x28 is written.

    People expect it first where the numbers are alike.
    """
    present = known_input(graph)
    (node, *others) = [n for n in graph.nodes if not n.inputs]
    if present is not None and not others:
        says, order = f"has {len(present.sizes)} axes, and a depth of 1", 0 if len(set(present.sizes)) == 1 else 2
        yield _sized(graph, node, Sizes((*present.sizes, 1)), says, order)


def _side(values: int, source: Volume | None, rank: int) -> int | None:
    """The side of a square volume that has so many values at the depth of another; None where there is none."""
    if source is None or values % source.depth:
        return None
    side = round((values // source.depth) ** (1 / rank))
    return side if side**rank * source.depth == values else None


def _candidate(walks: Walks, present: Volume, spatial: tuple[int, ...], row: Row) -> Candidate:
    graph = walks.graph
    starts = [(n, n.layer) for n in graph.nodes if not n.inputs and n.layer.understood]
    alike = [(n, layer) for n, layer in starts if layer.output().spatial == present.spatial]
    sized = {n.index: Sizes((*spatial, layer.output().depth)) for n, layer in alike}
    layers = {i: layer.changed(size=sized[n.index]) for n, layer in alike for i in same_call(graph, n)}
    size = Sizes((*spatial, present.depth))
    subject = _input(alike[0][0], size)

    def edits() -> tuple[Edit, ...]:
        found = [_edit(graph, n, sized[n.index]) for n, _ in alike]
        return tuple(dict.fromkeys(edit for one in found for edit in one)) if all(found) else ()

    def says(tried: Tried) -> str:
        after = tried.rows[row.node.index]
        exact = all(t.quotient.denominator == 1 for t in after.tilings)
        formula = _formula(row, after)
        return f"{subject} {'fits exactly' if exact else 'loses nothing'}{f': {formula}' if formula else ''}"

    distance = sum(abs(a - b) for a, b in zip(spatial, present.spatial, strict=True))
    return Candidate(Change(layers), f"make the input {size}", says, edits, 0, distance)


def _edit(graph: Graph, node: Node, size: Sizes) -> tuple[Edit, ...]:
    """How the size of an INPUT is written: in its call, or in the front matter."""
    given = graph.settings.input
    if node.literal:
        return _sizes_written(node, size) or (Edit(node.span, f"{node.kind}({size})"),)
    if given is not None and node.layer.output().sizes == tuple(given.sizes):
        return (Edit(given.span, str(size)),)
    return ()


def _sizes_written(node: Node, size: Sizes) -> tuple[Edit, ...]:
    """The edits of the numbers alone, so that comments in the brackets stay; none where they are written otherwise."""
    values = [a.value for a in node.call.arguments] if node.call is not None else []
    if any(value.span == node.span or not _holds(node.span, value.span) for value in values):
        return ()
    if len(values) == 1 and isinstance(values[0], syntax.SizeLiteral):
        return (Edit(values[0].span, str(size)),)
    numbers = [value for value in values if isinstance(value, syntax.Number)]
    if len(values) == len(numbers) == len(size):
        return tuple(Edit(v.span, str(n)) for v, n in zip(numbers, size, strict=True) if v.value != n)
    return ()


def _holds(outer: Span, inner: Span) -> bool:
    return outer[0] <= inner[0] <= inner[1] <= outer[1]


def _formula(row: Row, after: Row) -> str:
    """`(227 − 11)/4 + 1 = 55`, along the first axis that did not fit."""
    if not after.windows or after.arriving is None or not row.tilings:
        return ""
    axis = next((i for i, t in enumerate(row.tilings) if t.dropped), 0)
    return after.windows[axis].formula(after.arriving.spatial[axis], zeros=False)


# --- sizes near the written one ---------------------------------------------------------------

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
