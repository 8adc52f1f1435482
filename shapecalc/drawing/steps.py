"""What a picture shows of a network: steps, each a layer with what follows it in place, in branches and repeats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from shapecalc.passes.report import Row

Sort: TypeAlias = Literal["input", "conv", "pool", "dense", "merge", "other"]
"""What a step is drawn as."""
LONGEST_PERIOD = 12
"""Parts of a chain that are looked at as one that is repeated."""


@dataclass(eq=False)
class DrawnStep:
    """A layer, with the layers that change no size and follow it alone: normalisation, activation, dropout."""

    rows: list[Row]
    inputs: list[DrawnStep] = field(default_factory=list)

    @property
    def row(self) -> Row:
        """The layer that the step is about."""
        return self.rows[0]

    @property
    def sort(self) -> Sort:
        """What it is drawn as."""
        layer = self.row.node.layer
        if not self.row.inputs:
            return "input"
        if layer is None:
            return "other"
        if layer.merges:
            return "merge"
        if any(array.role == "kernel" for array in self.row.weight_arrays):
            return "dense" if layer.is_global else "conv"
        return "pool" if self.row.windows or layer.averages or layer.is_global else "other"

    @property
    def has_norm(self) -> bool:
        """Whether a layer with weights of its own follows in place."""
        return any(row.weight_arrays for row in self.rows[1:])

    @property
    def has_activation(self) -> bool:
        """Whether a layer without weights follows that is no view."""
        followers = (row.node.layer for row in self.rows[1:] if not row.weight_arrays)
        return any(layer is not None and not layer.view for layer in followers)

    @property
    def signature(self) -> Hashable:
        """What makes two steps look the same."""
        return tuple((row.kind, row.text, row.output) for row in self.rows)


@dataclass(eq=False)
class Unit:
    """Steps on the line with a lane around them: what a residual block is."""

    inner: list[Part]
    lanes: list[DrawnStep | None]
    """What lies on each lane: nothing, or one step."""
    merge: DrawnStep

    @property
    def signature(self) -> Hashable:
        """What makes two units look the same."""
        lanes = tuple(step.signature if step else None for step in self.lanes)
        return "unit", tuple(part.signature for part in self.inner), lanes, self.merge.signature


@dataclass(eq=False)
class Stack:
    """Branches above each other, and what joins them."""

    branches: list[list[Part]]
    merge: DrawnStep

    @property
    def signature(self) -> Hashable:
        """What makes two stacks look the same."""
        branches = tuple(tuple(part.signature for part in branch) for branch in self.branches)
        return "stack", branches, self.merge.signature


@dataclass(eq=False)
class FoldedParts:
    """Parts that come several times, one after another."""

    copies: list[list[Part]]

    @property
    def parts(self) -> list[Part]:
        """Those that are drawn."""
        return self.copies[0]

    @property
    def count(self) -> int:
        """How often they come."""
        return len(self.copies)

    @property
    def signature(self) -> Hashable:
        """What makes two of them look the same."""
        return "again", self.count, tuple(part.signature for part in self.parts)


Part: TypeAlias = DrawnStep | Unit | Stack | FoldedParts


def steps_of(rows: Sequence[Row]) -> list[DrawnStep]:
    """The steps of a network in the order of its layers."""
    readers = Counter(source for row in rows for source in row.node.inputs)
    by_row: dict[int, DrawnStep] = {}
    steps: list[DrawnStep] = []
    for row in rows:
        source = row.node.inputs[0] if len(row.node.inputs) == 1 else None
        before = by_row.get(source) if source is not None else None
        if before is not None and source is not None and readers[source] == 1 and _follows(row, before):
            before.rows.append(row)
            by_row[row.node.index] = before
        else:
            step = DrawnStep([row], [by_row[i] for i in row.node.inputs])
            by_row[row.node.index] = step
            steps.append(step)
    return _main_first(steps)


def _main_first(steps: Sequence[DrawnStep]) -> list[DrawnStep]:
    """The steps that the deepest output hangs on, then those of other outputs: heads that only help to train."""
    depth: dict[int, int] = {}
    for step in steps:
        depth[id(step)] = 1 + max((depth[id(source)] for source in step.inputs), default=0)
    deepest = max(steps, key=lambda step: depth[id(step)], default=None)
    main: set[int] = set()
    todo = [deepest] if deepest else []
    while todo:
        step = todo.pop()
        if id(step) not in main:
            main.add(id(step))
            todo += step.inputs
    return [*(s for s in steps if id(s) in main), *(s for s in steps if id(s) not in main)]


def _follows(row: Row, before: DrawnStep) -> bool:
    """Whether a layer is drawn with the one before it."""
    layer = row.node.layer
    if layer is None or row.windows or row.output is None or layer.is_global or before.sort == "input":
        return False
    if any(array.role == "kernel" for array in row.weight_arrays):
        return False
    return row.output.sizes == (row.inputs[0].sizes if row.inputs[0] else ()) or layer.view


def parts_of(steps: Sequence[DrawnStep], *, fold: bool = True) -> list[Part]:
    """Steps in their order with branches put together, and what repeats folded."""
    tree = _Tree(steps)
    parts = tree.chain(list(range(len(steps))))
    return folded(parts) if fold else parts


class _Tree:
    """Finds the regions between a fork and a merge that nothing else reads or feeds."""

    def __init__(self, steps: Sequence[DrawnStep]) -> None:
        self.steps = steps
        place = {id(step): at for at, step in enumerate(steps)}
        self.inputs = [[place[id(source)] for source in step.inputs] for step in steps]
        self.readers: list[list[int]] = [[] for _ in steps]
        for at, sources in enumerate(self.inputs):
            for source in sources:
                self.readers[source].append(at)
        self.fork = {at: fork for at, found in enumerate(self.inputs) if (fork := self._fork(at, found)) is not None}

    def _fork(self, merge: int, sources: Sequence[int]) -> int | None:
        """The step where the branches of a merge begin, if all between reads and feeds nothing else."""
        if len(sources) < 2:
            return None
        reach = [set(self._back(source)) for source in sources]
        common = set.intersection(*reach)
        for fork in sorted(common, reverse=True):
            inner = range(fork + 1, merge)
            if (
                inner
                and all(fork <= i for at in inner for i in self.inputs[at])
                and all(self.readers[at] and all(reader <= merge for reader in self.readers[at]) for at in inner)
            ):
                return fork
            if merge - fork > MOST_IN_A_REGION:
                return None
        return None

    def _back(self, start: int) -> Iterable[int]:
        """A step and all before it, not further back than a region may reach."""
        seen, todo = {start}, [start]
        while todo:
            for source in self.inputs[todo.pop()]:
                if source not in seen and start - source <= MOST_IN_A_REGION:
                    seen.add(source)
                    todo.append(source)
        return seen

    def chain(self, places: list[int]) -> list[Part]:
        """The parts of steps that follow each other; outermost regions first."""
        parts: list[Part] = []
        ends = {at: self.fork[at] for at in places if at in self.fork}
        inside = set(places)
        at = len(places)
        found: list[Part] = []
        while at > 0:
            at -= 1
            place = places[at]
            fork = ends.get(place)
            if fork is None or not all(p in inside for p in range(fork + 1, place)):
                found.append(self.steps[place])
                continue
            found.append(self._region(fork, place))
            while at > 0 and places[at - 1] > fork:
                at -= 1
        parts.extend(reversed(found))
        return parts

    def _region(self, fork: int, merge: int) -> Part:
        branches = self._branches(fork, merge)
        lanes = [branch for branch in branches if self._is_lane(branch, branches, merge)]
        others = [branch for branch in branches if branch not in lanes]
        if len(others) == 1:
            on_lanes = [self.steps[lane[0]] if lane else None for lane in lanes]
            return Unit(self.chain(others[0]), on_lanes, self.steps[merge])
        return Stack([self.chain(branch) for branch in branches], self.steps[merge])

    def _branches(self, fork: int, merge: int) -> list[list[int]]:
        """The places of each branch, in the order in which the merge reads them; an empty one is the fork itself."""
        left = set(range(fork + 1, merge))
        branches: list[list[int]] = []
        for source in self.inputs[merge]:
            if source == fork:
                branches.append([])
            elif source in left:
                component = self._component(source, left)
                left -= component
                branches.append(sorted(component))
        return branches

    def _component(self, start: int, within: set[int]) -> set[int]:
        seen, todo = {start}, [start]
        while todo:
            at = todo.pop()
            for near in (*self.inputs[at], *self.readers[at]):
                if near in within and near not in seen:
                    seen.add(near)
                    todo.append(near)
        return seen

    def _is_lane(self, branch: list[int], branches: list[list[int]], merge: int) -> bool:
        """Whether a branch is drawn as a lane: empty, or one step beside longer ones, a projection or a crop."""
        if not branch:
            return True
        if len(branch) > 1 or max(map(len, branches)) < 2 or branch == max(branches, key=len):
            return False
        joined = self.steps[merge].row
        sums = joined.output is not None and all(
            v is not None and v.depth == joined.output.depth for v in joined.inputs
        )
        return sums or self.steps[branch[0]].sort == "other"


MOST_IN_A_REGION = 400
"""Steps between a fork and its merge."""


def folded(parts: Sequence[Part]) -> list[Part]:
    """The parts with what comes several times, one after another, put into one."""
    parts = [_inner_folded(part) for part in parts]
    signatures = [part.signature for part in parts]
    found: list[Part] = []
    at = 0
    while at < len(parts):
        period, count = _repeat(signatures, at)
        if count > 1:
            found.append(FoldedParts([parts[i : i + period] for i in range(at, at + period * count, period)]))
        else:
            found.append(parts[at])
        at += period * count
    return found


def ends_of(part: Part) -> DrawnStep:
    """The step that the next part reads."""
    if isinstance(part, DrawnStep):
        return part
    return ends_of(part.copies[-1][-1]) if isinstance(part, FoldedParts) else part.merge


def begins_of(part: Part) -> list[DrawnStep]:
    """The steps that read what comes before a part."""
    if isinstance(part, DrawnStep):
        return [part]
    if isinstance(part, FoldedParts):
        return begins_of(part.parts[0])
    if isinstance(part, Unit):
        return [*begins_of(part.inner[0]), *(lane for lane in part.lanes if lane), part.merge]
    return [step for branch in part.branches if branch for step in begins_of(branch[0])] + [part.merge]


def steps_in(part: Part) -> list[DrawnStep]:
    """The steps of a part that are drawn."""
    if isinstance(part, DrawnStep):
        return [part]
    if isinstance(part, FoldedParts):
        return [step for inner in part.parts for step in steps_in(inner)]
    if isinstance(part, Unit):
        inner = [step for one in part.inner for step in steps_in(one)]
        return [*inner, *(lane for lane in part.lanes if lane), part.merge]
    return [step for branch in part.branches for one in branch for step in steps_in(one)] + [part.merge]


def drawn_for(parts: Iterable[Part]) -> dict[int, DrawnStep]:
    """By the identity of every step the one that is drawn for it: itself, or its copy in the first turn of a repeat."""
    found: dict[int, DrawnStep] = {}
    for part in parts:
        if isinstance(part, FoldedParts):
            shown = drawn_for(part.parts)
            firsts = [step for inner in part.parts for step in _all_steps(inner)]
            for copy in part.copies:
                own = [step for inner in copy for step in _all_steps(inner)]
                found |= {id(step): shown[id(first)] for step, first in zip(own, firsts, strict=True)}
        elif isinstance(part, DrawnStep):
            found[id(part)] = part
        else:
            inner = part.inner if isinstance(part, Unit) else [one for branch in part.branches for one in branch]
            found |= drawn_for(inner)
            lanes = part.lanes if isinstance(part, Unit) else []
            found |= {id(step): step for step in (*lanes, part.merge) if step}
    return found


def _all_steps(part: Part) -> list[DrawnStep]:
    """The steps of a part, with all copies of what is repeated."""
    if isinstance(part, FoldedParts):
        return [step for copy in part.copies for inner in copy for step in _all_steps(inner)]
    if isinstance(part, DrawnStep):
        return [part]
    inner = part.inner if isinstance(part, Unit) else [one for branch in part.branches for one in branch]
    lanes = part.lanes if isinstance(part, Unit) else []
    return [*(step for one in inner for step in _all_steps(one)), *(lane for lane in lanes if lane), part.merge]


def _inner_folded(part: Part) -> Part:
    if isinstance(part, Unit):
        part.inner = folded(part.inner)
    elif isinstance(part, Stack):
        part.branches = [folded(branch) for branch in part.branches]
    return part


def _repeat(signatures: Sequence[Hashable], at: int) -> tuple[int, int]:
    """How many parts from here on come how often; 1 and 1 where nothing does."""
    best = (1, 1)
    for period in range(1, min(LONGEST_PERIOD, (len(signatures) - at) // 2) + 1):
        first, count = signatures[at : at + period], 1
        while signatures[at + period * count : at + period * (count + 1)] == first:
            count += 1
        if count > 1 and period * (count - 1) > best[0] * (best[1] - 1):
            best = (period, count)
    return best
