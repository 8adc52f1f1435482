"""Tries a change on the whole network: computes again what it reaches, and what is wrong then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import inf

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.record import NamedTuple, Record, replace
from shapecalc.core.window import ShapeError
from shapecalc.diagnostics.diagnostic import Effect
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.live_positions import Live
from shapecalc.passes.report import Row
from shapecalc.passes.shapes import Facts, facts


class Problem(NamedTuple):
    """What makes two diagnostics the same problem: the code, the layer, and the axis or the claim it is about."""

    code: str
    layer: int | None
    what: int | str = ""


Judge = Callable[[Row], Iterable[Problem]]
"""The problems of one row that is known, those of its claims included."""
NetworkJudge = Callable[[Sequence[Row]], Iterable[Problem]]
"""The problems of a whole network that no row has by itself: totals that are expected, rules that look around."""


FEWEST_ROWS, ROWS_A_LAYER = 4_000, 20
"""Rows that are computed again while changes are tried for all diagnostics of a network."""
MOST_LOOKED_AT = 12_000_000
"""Those rows times all rows, which a trial looks through: half a second. Above 600 layers fewer are tried."""


@dataclass(frozen=True, slots=True)
class Change:
    """Other layers at some nodes, and layers put before some inputs of others."""

    layers: Mapping[int, Layer] = field(default_factory=dict)
    """By node."""
    inserted: Mapping[tuple[int, int], Layer] = field(default_factory=dict)
    """By node and position among its inputs."""

    @property
    def first(self) -> int:
        """The first node that it touches."""
        return min((*self.layers, *(node for node, _ in self.inserted)))


class Tried(Record):
    """A network after a change."""

    rows: list[Row]
    problems: frozenset[Problem]
    effect: Effect


class Trials:
    """A network in which changes are tried. What layers make of volumes is kept from one trial to the next."""

    def __init__(
        self,
        graph: Graph,
        rows: Sequence[Row],
        judge: Judge,
        of_network: NetworkJudge,
        network_problems: frozenset[Problem],
    ) -> None:
        self.graph, self.rows, self.judge, self.of_network = graph, list(rows), judge, of_network
        self.budget = min(FEWEST_ROWS + ROWS_A_LAYER * len(self.rows), MOST_LOOKED_AT // max(1, len(self.rows)))
        """Rows that may still be computed again."""
        self.known: dict[tuple[int, tuple[Volume, ...], tuple[Live, ...]], Facts | ShapeError] = {}
        self.kept: list[Layer] = []
        """Layers of changes: their identity must not be used again while `known` has it."""
        self.wholes: dict[int, tuple[Tried, frozenset[Problem]]] = {}
        self.seen: dict[tuple[int, tuple[Volume | None, ...], tuple[Live, ...]], tuple[Row, frozenset[Problem]]] = {}
        """The rows of layers that a change leaves as they are and only reaches, and what is wrong with them."""
        self.lives = [tuple(live for i in row.node.inputs if (live := rows[i].live)) for row in self.rows]
        """Of every row, which positions of what it reads are no padding."""
        self.by_row = [self._judged(row) for row in self.rows]
        self.problems_up_to = list(accumulate(map(len, self.by_row)))
        self.problems = frozenset(p for found in self.by_row for p in found)
        """What is wrong with single layers."""
        self.network_problems = network_problems
        """What is wrong with the whole."""
        self.sums = max(1, sum(r.params or 0 for r in rows)), max(1, sum(r.macs or 0 for r in rows))
        """Parameters and multiply-accumulates of the network as it is, at least one of each."""

    def repaired(self, change: Change, code: str, index: int, most: float = inf) -> Tried | None:
        """The network after a change that repairs what is wrong with a layer under a code and adds nothing, else None.

        None too where more than `most` problems of layers are left. The trial ends at the first layer that shows it.
        """

        def unwanted(problem: Problem) -> bool:
            return (problem.layer, problem.code) == (index, code)

        return self._tried(change, unwanted, most)

    def try_change(self, change: Change) -> Tried:
        """The network after a change, whatever is wrong then."""
        tried = self._tried(change, None, inf)
        assert tried is not None
        return tried

    def whole(self, tried: Tried) -> frozenset[Problem]:
        """What is wrong with a network after a change as a whole."""
        if id(tried) not in self.wholes:
            self.wholes[id(tried)] = tried, frozenset(self.of_network(tried.rows))
        return self.wholes[id(tried)][1]

    def _tried(self, change: Change, unwanted: Callable[[Problem], bool] | None, most: float) -> Tried | None:
        """Only what the change reaches is computed again; None where a problem is new, `unwanted` or one too many."""
        self.kept += [*change.layers.values(), *change.inserted.values()]
        rows = list(self.rows)
        own = {*change.layers, *(index for index, _ in change.inserted)}
        reached: dict[int, frozenset[Problem]] = {}
        added: list[Facts] = []
        more = 0
        for index in range(change.first, len(rows)):
            before = self.rows[index]
            node = before.node
            if index not in own and all(rows[source] is self.rows[source] for source in node.inputs):
                continue
            inputs = tuple([rows[source].output for source in node.inputs])
            lives = tuple([live for source in node.inputs if (live := rows[source].live)])
            extra = [key for key in change.inserted if key[0] == index] if change.inserted else ()
            if index not in own and inputs == before.inputs and lives == self.lives[index]:
                continue
            known = None if index in own else self.seen.get((index, inputs, lives))
            if known is None:
                row, failed = self._row(node, change, inputs, lives, extra, added)
                row.in_place = before.in_place
                known = row, frozenset((Problem(failed.code, index),)) if failed else self._judged(row)
                if index not in own:
                    self.seen[index, inputs, lives] = known
            rows[index], found = known
            reached[index] = found
            more += len(found) - len(self.by_row[index])
            adds = bool(unwanted and found and not found <= self.by_row[index])
            if adds or (unwanted and any(map(unwanted, found))) or self.problems_up_to[index] + more > most:
                self.budget -= len(reached)
                return None
        self.budget -= len(reached)
        unreached = frozenset(p for i, found in enumerate(self.by_row) if i not in reached for p in found)
        problems = unreached.union(*reached.values())
        if unwanted and any(map(unwanted, unreached)):
            return None
        return Tried(rows, problems, self._effect(rows, reached, added))

    def _row(
        self,
        node: Node,
        change: Change,
        inputs: tuple[Volume | None, ...],
        lives: tuple[Live, ...],
        extra: Iterable[tuple[int, int]],
        added: list[Facts],
    ) -> tuple[Row, ShapeError | None]:
        layer = change.layers.get(node.index, node.layer)
        if layer is not node.layer:
            node = replace(node, layer=layer)
        try:
            for key in extra:
                at = key[1]
                volume = inputs[at]
                if volume is not None:
                    added.append(self._facts(change.inserted[key], (volume,), (lives[at],)))
                    inputs = (*inputs[:at], added[-1].output, *inputs[at + 1 :])
                    lives = (*lives[:at], added[-1].live, *lives[at + 1 :])
            volumes = tuple(v for v in inputs if v is not None)
            if not layer.understood or len(volumes) < len(inputs):
                return Row(node, inputs), None
            found = self._facts(layer, volumes, lives)
            return found.row(node, inputs), None
        except ShapeError as problem:
            return Row(node, inputs), problem

    def _facts(self, layer: Layer, volumes: tuple[Volume, ...], lives: tuple[Live, ...]) -> Facts:
        key = (id(layer), volumes, lives)
        found = self.known.get(key)
        if found is None:
            try:
                found = facts(layer, volumes, lives)
            except ShapeError as problem:
                found = problem
            self.known[key] = found
        if isinstance(found, ShapeError):
            raise found
        return found

    def _judged(self, row: Row) -> frozenset[Problem]:
        return frozenset(self.judge(row)) if row.output is not None else self._failed(row)

    def _failed(self, row: Row) -> frozenset[Problem]:
        """The shape error of a row of the network as it is; none where only what it reads is unknown."""
        if not row.node.layer.understood or None in row.inputs:
            return frozenset()
        try:
            self._facts(row.node.layer, row.volumes, self.lives[row.node.index])
        except ShapeError as problem:
            return frozenset((Problem(problem.code, row.node.index),))
        return frozenset()

    def _effect(self, rows: Sequence[Row], reached: Iterable[int], added: Sequence[Facts]) -> Effect:
        volumes = 0
        params, macs = sum(f.weights + f.biases for f in added), sum(f.macs for f in added)
        for index in reached:
            before, after = self.rows[index], rows[index]
            volumes += before.output != after.output
            params += (after.params or 0) - (before.params or 0)
            macs += (after.macs or 0) - (before.macs or 0)
        return Effect(volumes, params, macs)
