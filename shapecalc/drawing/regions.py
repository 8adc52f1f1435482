"""Puts the steps of a network together: branches between a fork and its merge, and what repeats."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from shapecalc.drawing.steps import DrawnStep, FoldedParts, Part, Region

MOST_IN_A_REGION = 400
"""Steps between a fork and its merge."""
MOST_NESTED = 10
"""Regions in one another: what is further inside is drawn as a chain."""


def parts_of(steps: Sequence[DrawnStep], *, fold: bool = True) -> list[Part]:
    """Steps in their order with branches put together, and what repeats folded."""
    tree = _Tree(steps)
    parts = tree.chain(list(range(len(steps))))
    return [*folded(parts)] if fold else parts


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
        fork, looked_at = min(sources), merge
        while merge - fork <= MOST_IN_A_REGION:
            lowest = fork
            while looked_at - 1 > fork:
                looked_at -= 1
                inputs, readers = self.inputs[looked_at], self.readers[looked_at]
                if not inputs or not readers or max(readers) > merge:
                    return None
                lowest = min(lowest, *inputs)
            if lowest == fork and merge - fork > 1:
                return fork
            if lowest == fork:  # every branch is empty
                if not self.inputs[fork]:
                    return None
                lowest = max(self.inputs[fork])
            fork = lowest
        return None

    def chain(self, places: list[int], depth: int = 0) -> list[Part]:
        """The parts of steps that follow each other, inside of so many regions; outermost regions first."""
        if depth > MOST_NESTED:
            return [self.steps[place] for place in places]
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
            found.append(self._region(fork, place, depth + 1))
            while at > 0 and places[at - 1] > fork:
                at -= 1
        return found[::-1]

    def _region(self, fork: int, merge: int, depth: int) -> Part:
        branches = [*self._branches(fork, merge)]
        lanes = [branch for branch in branches if self._is_lane(branch, branches, merge)]
        others = [branch for branch in branches if branch not in lanes]
        if len(others) == 1:
            on_lanes = [self.steps[lane[0]] if lane else None for lane in lanes]
            return Region([self.chain(others[0], depth)], self.steps[merge], on_lanes)
        return Region([self.chain(branch, depth) for branch in branches], self.steps[merge])

    def _branches(self, fork: int, merge: int) -> Iterator[list[int]]:
        """The places of each branch, in the order in which the merge reads them; an empty one is the fork itself."""
        left = set(range(fork + 1, merge))
        for source in self.inputs[merge]:
            if source == fork:
                yield []
            elif source in left:
                component = self._component(source, left)
                left -= component
                yield sorted(component)

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
        sums = joined.output is not None and {v and v.depth for v in joined.inputs} == {joined.output.depth}
        return sums or self.steps[branch[0]].sort == "other"


# --- what repeats -----------------------------------------------------------------------------

LONGEST_PERIOD = 12
"""Parts of a chain that are looked at as one that is repeated."""


def folded(parts: Sequence[Part]) -> Iterator[Part]:
    """The parts with what comes several times, one after another, put into one."""
    for part in parts:
        if isinstance(part, Region):
            part.chains = [[*folded(chain)] for chain in part.chains]
    signatures = [part.signature for part in parts]
    at = 0
    while at < len(parts):
        period, count = _repeat(signatures, at)
        if count > 1:
            yield FoldedParts([list(parts[i : i + period]) for i in range(at, at + period * count, period)])
        else:
            yield parts[at]
        at += period * count


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
