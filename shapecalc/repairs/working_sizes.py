"""Which sizes of the INPUT work: along every axis, all of them up to a bound, as progressions, and the nearest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from shapecalc.core.record import Record
from shapecalc.core.volumes import axis_name
from shapecalc.passes.graph import Graph
from shapecalc.passes.report import Row
from shapecalc.passes.shapes import grade, propagate
from shapecalc.repairs.axis_program import axis_programs, first_input
from shapecalc.repairs.axis_walk import Accepts, AxisWalk, SizeBudget
from shapecalc.repairs.coupled_axes import coupled_sizes, first_coupling, without_lone_broadcasts
from shapecalc.repairs.whole_sizes import TooManySizes, WholeNetwork, first_that_works

Allowed = Literal["exact", "trims", "drops"]
USUAL_BOUND = 2_048
"""The largest size that is tried where no other is asked for."""
MOST_STEPS = 400_000
"""Layers that are looked at while so many sizes are tried, about a second."""


class AxisSizes(Record):
    """One axis of the INPUT."""

    axis: str
    present: int
    sizes: tuple[int, ...]
    """Every size up to the bound for which no layer and no join has an error, the other axes at a size that works."""
    progressions: tuple[tuple[int, int], ...]
    same: tuple[int, int] | None
    """First and last size around the present one that give all other layers the same sizes."""

    @property
    def nearest(self) -> int | None:
        """The working size that is nearest to the present one, of two equally near ones the smaller."""
        return min(self.sizes, key=lambda size: (abs(size - self.present), size), default=None)


class Solved(Record):
    """What sizes of the INPUT work."""

    axes: tuple[AxisSizes, ...]
    depth: int
    up_to: int
    reason: str = ""
    """Why no size works, where it is not the size that is wrong."""
    nearest: tuple[int, ...] | None = None
    """The whole size that works and is nearest to the present one, of two equally near ones the smaller."""
    smallest: tuple[int, ...] | None = None
    """The smallest whole size that works."""
    coupled_by: str = ""
    """The layer because of which a size of one axis works beside some sizes of the others only; empty without one."""

    def to_dict(self) -> dict[str, Any]:
        """As `shapecalc solve --format json` prints it: sizes are lists, one number an axis."""
        return {
            "axes": [
                {"axis": a.axis, "sizes": list(a.sizes), "progressions": [list(p) for p in a.progressions]}
                for a in self.axes
            ],
            "nearest": list(self.nearest) if self.nearest else None,
            "smallest": list(self.smallest) if self.smallest else None,
            "reason": self.reason or None,
            "coupled_by": self.coupled_by or None,
        }


def solve(graph: Graph, up_to: int, allow: Allowed = "trims") -> Solved:
    """The sizes of the first INPUT, and of all others of its size, that work.

    Raises ValueError without an INPUT, TooManySizes.
    """
    present = first_input(graph)
    rows, _ = propagate(graph)
    accepts = acceptance(graph, allow)
    walks: list[AxisWalk] = []
    if (coupling := first_coupling(graph)) is None:
        programs = axis_programs(graph, len(present.spatial), rows)
        alike = {id(program): AxisWalk(program, accepts) for program in programs}
        walks = [alike[id(program)] for program in programs]
        working = {id(walk): _working(walk, up_to) for walk in alike.values()}
        sizes = [working[id(walk)] for walk in walks]
        sizes = without_lone_broadcasts(graph, walks, sizes, accepts)
    else:
        sizes = coupled_sizes(graph, coupling, up_to, accepts)
    reason = "" if all(sizes) else _reason(graph, rows)
    axes = []
    for axis, (found, size) in enumerate(zip(sizes, present.spatial, strict=True)):
        name = axis_name(axis, len(sizes))[0]
        found = found if all(sizes) else []
        same = _same(walks[axis], size, up_to) if walks else None
        axes.append(AxisSizes(name, size, tuple(found), tuple(progressions(found, up_to)), same))
    if not all(sizes):
        return Solved(tuple(axes), present.depth, up_to, reason)
    nearest: tuple[int, ...] = tuple(a.nearest or 0 for a in axes)
    smallest: tuple[int, ...] | None = tuple(a.sizes[0] for a in axes)
    whole = WholeNetwork(graph, accepts)
    if smallest and not (whole.works(nearest) and whole.works(smallest)):
        smallest = first_that_works(whole, [a.sizes for a in axes])
        if smallest is None:
            none = tuple(AxisSizes(a.axis, a.present, (), (), None) for a in axes)
            return Solved(none, present.depth, up_to, _reason(graph, rows))
        orders = [sorted(a.sizes, key=lambda n, a=a: (abs(n - a.present), n)) for a in axes]  # type: ignore[misc]
        nearest = first_that_works(whole, orders) or smallest
    coupled_by = graph.nodes[coupling].name if coupling is not None and len(axes) > 1 else ""
    return Solved(tuple(axes), present.depth, up_to, reason, nearest, smallest, coupled_by)


def _working(walk: AxisWalk, up_to: int) -> list[int]:
    """The sizes of an axis that work. Raises TooManySizes, which says how many may be asked for."""
    steps = MOST_STEPS * max(1, up_to / USUAL_BOUND)
    walk.budget = SizeBudget(steps)
    found, usual = [], 1
    for size in range(1, up_to + 1):
        if walk.budget.left <= 0:
            layers = len(walk.program.same_as)
            raise TooManySizes(
                f"{up_to:,} sizes are too many to try in {layers:,} layers: ask for fewer with --up-to {usual}"
            )
        if steps - walk.budget.left < MOST_STEPS:
            usual = size
        if walk.works(size):
            found.append(size)
    walk.budget = SizeBudget()
    return found


def acceptance(graph: Graph, allow: Allowed) -> Accepts:
    """Whether what the windows of a row leave over is allowed."""

    def accepts(row: Row) -> bool:
        if allow == "drops":
            return True
        graded = grade(row, graph.settings.rounding, strict=allow == "exact")
        return graded is None or graded[1] != "error"

    return accepts


def _reason(graph: Graph, rows: list[Row]) -> str:
    """The first layer whose error no size takes away."""
    broken = next((row.node for row in rows if not row.node.layer.understood), None)
    return f"{broken.name} is not understood" if broken else "no size fits every layer"


def _same(walk: AxisWalk, size: int, up_to: int) -> tuple[int, int] | None:
    """The range of sizes around one that give every layer but the INPUTs the same size along the axis.

    Rounding down, several sizes make one network: AlexNet is the same at 227 to 230.
    """
    program = walk.program
    free = AxisWalk(program, lambda row: True)
    made = free.volumes(size)
    if made is None:
        return None
    inner = [v for i, v in enumerate(made) if i not in program.varied]

    def alike(other: int) -> bool:
        volumes = free.volumes(other)
        return volumes is not None and [v for i, v in enumerate(volumes) if i not in program.varied] == inner

    # No layer gets shorter where the input gets longer, so the sizes that are alike have no gaps.
    return size - _farthest(lambda n: alike(size - n), size - 1), size + _farthest(
        lambda n: alike(size + n), max(up_to - size, 0)
    )


def _farthest(holds: Callable[[int], bool], most: int) -> int:
    """The largest number up to `most` that something holds for, which holds from 0 on up to there.

    >>> _farthest(lambda n: n <= 1000, 10**9), _farthest(lambda n: False, 5), _farthest(lambda n: True, 5)
    (1000, 0, 5)
    """
    low, step = 0, 1
    while low + step <= most and holds(low + step):
        low, step = low + step, 2 * step
    while step:
        if low + step <= most and holds(low + step):
            low += step
        step //= 2
    return low


# --- progressions -----------------------------------------------------------------------------


def progressions(sizes: Sequence[int], largest: int) -> Iterator[tuple[int, int]]:
    """Pairs (first, step) that together are exactly the ascending sizes up to `largest`; a step of 0 is one size alone.

    >>> [*progressions([67, 99, 131, 163], 170)]
    [(67, 32)]
    >>> [*progressions([1, 2, 3, 4, 5], 5)]
    [(1, 1)]
    >>> [*progressions([3, 8, 12, 16, 20], 20)]
    [(3, 0), (8, 4)]
    """
    members = set(sizes)
    left = list(sizes)
    while left:
        first = left[0]
        step = next((s for s in _steps(left, largest) if _all_in(members, first, s, largest)), 0)
        yield first, step
        covered = set(range(first, largest + 1, step)) if step else {first}
        left = [size for size in left if size not in covered]


FEWEST = 3
"""A progression has at least so many members: two sizes are no pattern."""


def _steps(left: Sequence[int], largest: int) -> list[int]:
    """Distances from the first size to those after it, as long as enough members fit."""
    first = left[0]
    return [size - first for size in left[1:] if first + (FEWEST - 1) * (size - first) <= largest]


def _all_in(members: set[int], first: int, step: int, largest: int) -> bool:
    return all(size in members for size in range(first, largest + 1, step))
