"""Which changes fix a problem: each is tried on the whole network, and offered only if it adds no other problem."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from math import inf, log2

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.record import Record
from shapecalc.core.window import Tiling, tiling
from shapecalc.diagnostics.diagnostic import Edit, Fix
from shapecalc.language.figures import Figure
from shapecalc.passes.report import Row
from shapecalc.repairs import depths, input_size, joins, other_arguments, own_arguments
from shapecalc.repairs.candidate import Candidate, RepairTarget, target_of
from shapecalc.repairs.input_size import Walks
from shapecalc.repairs.trial import Problem, Trials, Tried

MOST_OFFERED = 3
"""Repairs that are offered for one diagnostic."""
ORDERS: dict[str, dict[int, int]] = {"SHP205": {5: 1, 2: 5}}
"""Where people expect another order: a window that is too large is made smaller before its input is padded."""
LAST = 9
ONE_OF_A_KIND: Mapping[str, int] = {"input": 2}
LIMITS: Sequence[Mapping[str, int]] = (ONE_OF_A_KIND, {})
"""How many repairs of a kind are offered at first, and then, where those are few."""
KIND_NAMES = {0: "input", 2: "padding", 3: "padding"}
"""Orders of candidates that are one kind: of two paddings the better one is enough."""
LOSES_NOTHING = ("exact", "trims-padding")
"""How windows may tile after a fix: gaps that were not there are no fix."""
CLAIMED = (1, 2, 3)
"""Of what gives a claimed volume, paddings are tried where windows do not tile either."""
MOST_TRIED = 24
"""Candidates that are tried on the whole network for one diagnostic."""


Cost = tuple[int, bool, int, bool, int, int]
"""How a change that fixes something is ranked: see `Search._cost`."""
Found = tuple[Cost, Candidate, Tried]


class Repair(Record):
    """A change that was tried and fixes its problem."""

    advice: str
    title: str
    edits: tuple[Edit, ...]
    tried: Tried
    whole: frozenset[Problem]
    """What is wrong with the whole network then."""

    @property
    def fix(self) -> Fix | None:
        """The edits, where there are any."""
        return Fix(self.title, self.edits, effect=self.tried.effect) if self.edits else None


class Search(Record):
    """What is asked for: the network, how strictly windows must tile, and the volumes that texts claim, by layer."""

    trials: Trials
    walks: Walks
    exact: Callable[[Row], bool]
    """Whether the quotient of a layer must be an integer."""
    claimed: Mapping[int, tuple[int, ...]]
    arriving: Mapping[int, int]
    """The numbers of values that texts expect to arrive, by layer."""
    figures: Mapping[int, Sequence[tuple[str, Figure]]]
    """The figures that texts claim, by layer."""

    def repairs(self, code: str, row: Row) -> list[Repair]:
        """The best changes that fix what is wrong with a row under a code, at most MOST_OFFERED."""
        candidates = sorted(
            islice(self._candidates(code, row), MOST_TRIED), key=lambda c: c.order != 0
        )  # an INPUT first
        others = [candidate for candidate in candidates if not _is_another_window(code, candidate)]
        found = self._tried(code, row, others, inf)
        if len(others) == len(candidates):
            return self._best(found)
        best = self._best(found, (ONE_OF_A_KIND,))
        if len(best) == MOST_OFFERED and not any(repair.tried.problems for repair in best):
            return best  # another window would come after these
        windows = [candidate for candidate in candidates if _is_another_window(code, candidate)]
        by_number = sorted((tried for _, _, tried in found), key=lambda tried: len(tried.problems))
        fewest = next((len(tried.problems) for tried in by_number if self._adds_nothing(tried)), inf)
        return self._best(sorted([*found, *self._tried(code, row, windows, fewest)], key=_first))

    def _tried(self, code: str, row: Row, candidates: Iterable[Candidate], fewest: float) -> list[Found]:
        """The candidates that fix what is wrong with a row, the best first.

        What leaves more problems than another one, `fewest`, is never offered: the best one must be no better.
        """
        found = []
        for candidate in candidates:
            if self.trials.budget <= 0:
                break
            tried = self.trials.repaired(candidate.change, code, row.node.index, fewest)
            if tried is not None:
                found.append((self._cost(code, candidate, tried, row), candidate, tried))
                if len(tried.problems) < fewest and self._adds_nothing(tried):
                    fewest = len(tried.problems)
        return sorted(found, key=_first)

    def _adds_nothing(self, tried: Tried) -> bool:
        """Whether nothing is wrong with the whole network that was not before."""
        return self.trials.whole(tried) <= self.trials.network_problems

    def _best(self, found: list[Found], limits: Sequence[Mapping[str, int]] = LIMITS) -> list[Repair]:
        """The first of every kind, and a second INPUT; where those are few, others of the same kinds."""
        offered: list[Repair] = []
        for most in limits:
            kinds: dict[str, int] = {}
            for _, candidate, tried in found:
                kind = KIND_NAMES.get(candidate.order, str(candidate.order))
                kinds[kind] = kinds.get(kind, 0) + 1
                known = any(repair.title == candidate.title for repair in offered)
                if known or len(offered) == MOST_OFFERED or (most and kinds[kind] > most.get(kind, 1)):
                    continue
                # What the best one fixes besides is not reported, so the others must fix it too.
                if offered and not tried.problems <= offered[0].tried.problems:
                    continue
                if self._adds_nothing(tried):
                    whole = self.trials.whole(tried)
                    offered.append(Repair(candidate.says(tried), candidate.title, candidate.edits(), tried, whole))
        return offered

    def _cost(self, code: str, candidate: Candidate, tried: Tried, row: Row) -> Cost:
        """What is left wrong, how much the cost moves, whether padding is trimmed, then what people expect."""
        params, macs = self.trials.sums
        moved = abs(tried.effect.params) / params + abs(tried.effect.macs) / macs
        if code == "SHP209" or candidate.order == input_size.FIRST:
            moved = 0.0
        keeps = self._claims_same_padding(row)
        inexact = not keeps and any(t.quotient.denominator != 1 for t in tried.rows[row.node.index].tilings)
        order = ORDERS.get(code, {}).get(candidate.order, candidate.order)
        if keeps and candidate.order == 0:
            order = LAST
        return (
            len(tried.problems),
            _is_another_window(code, candidate) or candidate.order == joins.WITH_ZEROS,
            int(4 * log2(1 + moved)),
            inexact,
            order,
            candidate.distance,
        )

    def _claims_same_padding(self, row: Row) -> bool:
        """Whether a layer is claimed to give one output for every stride: then it is padding that is missing."""
        claimed, read = self.claimed.get(row.node.index), row.arriving
        if claimed is None or read is None or not row.windows or len(claimed) != len(read.sizes):
            return False
        axes = zip(claimed, read.spatial, row.windows, strict=False)
        return all(out == -(-size // window.stride) for out, size, window in axes)

    def _candidates(self, code: str, row: Row) -> Iterator[Candidate]:
        graph, rows = self.trials.graph, self.trials.rows
        failing = frozenset(p.layer for p in self.trials.problems if p.layer is not None)
        target = target_of(graph, rows, row)
        if code == "SHP301":
            yield from self._for_claim(row, target, failing)
        if target is None:
            return
        if code == "SHP302":
            claimed = self.figures.get(row.node.index, ())
            yield from own_arguments.of_claimed_figures(target, claimed)
            if (values := own_arguments.values_arriving(target.layer, claimed)) is not None:
                yield from self._for_values(target, values, failing)
        elif code == "SHP306":
            values = self.arriving.get(row.node.index)
            if values and target.layer.is_global:
                yield from self._for_values(target, values, failing)
        elif code == "SHP207":
            yield from depths.candidates(target)
            if "groups" not in target.layer.arguments:
                yield from input_size.candidates(self.walks, rows, row, failing)
        elif code == "SHP212":
            yield from other_arguments.candidates(target, _padded_by_half_at_most)
        elif code == "SHP209":
            yield from own_arguments.of_another_rank(target)
        elif code != "SHP301":
            yield from self._of_sizes(code, target, failing)

    def _for_values(self, target: RepairTarget, values: int, failing: frozenset[int]) -> Iterator[Candidate]:
        yield from input_size.for_volume(self.walks, self.trials.rows, target.row, (values,), failing)
        yield from depths.for_values(target, values)

    def _of_sizes(self, code: str, target: RepairTarget, failing: frozenset[int]) -> Iterator[Candidate]:
        """Of a layer whose windows, branches or values do not fit."""
        row, rows = target.row, self.trials.rows
        if target.layer.depth_window is not None:
            yield from depths.of_depth_window(target)
            return
        if code == "SHP208":
            yield from joins.candidates(target.graph, rows, row)
        elif code == "SHP214":
            yield from own_arguments.of_other_values(target)
        else:
            if code == "SHP211":
                yield from own_arguments.of_other_values(target)
            yield from (found for found in self._for_claim(row, target, failing) if found.order in CLAIMED)
            if row.tilings:
                yield from other_arguments.candidates(target, self._tiles)
            else:  # too large a window: an INPUT is nearer to what is meant than no dilation
                kinds = [kind for kind in other_arguments.KINDS if kind.field != "dilation"]
                yield from other_arguments.candidates(target, _fits, kinds)
            if row.tilings and not self.exact(row):
                yield from other_arguments.candidates(target, _fits)
        too_small = code in ("SHP205", "SHP211")
        yield from input_size.candidates(self.walks, rows, row, failing, too_small=too_small)

    def _tiles(self, alone: Layer, inputs: tuple[Volume, ...], axis: int) -> bool:
        return all(t.quotient.denominator == 1 and t.kind != "drops-pixels" for t in _tilings(alone, inputs[0]))

    def _for_claim(self, row: Row, target: RepairTarget | None, failing: frozenset[int]) -> Iterator[Candidate]:
        claimed = self.claimed.get(row.node.index)
        output = row.output
        if claimed is None or output is None or len(claimed) != len(output.sizes):
            return
        *spatial, depth = claimed

        def gives(alone: Layer, inputs: tuple[Volume, ...], axis: int) -> bool:
            return alone.output(*inputs).spatial[0] == spatial[axis]

        other = {} if output.depth == depth else _of_depth(row, depth)
        if target and other and tuple(spatial) == output.spatial:
            yield other_arguments.candidate(target.graph, row, dict(other), 1, f"K={depth} gives the claimed depth")
        if target and other is not None and tuple(spatial) != output.spatial:
            if not other:
                yield from own_arguments.of_claimed_size(target, tuple(spatial))
                yield from own_arguments.of_transposed(target.graph, self.trials.rows, row)
            yield from other_arguments.candidates(target, gives, other_arguments.FOR_CLAIMS, other)
            yield from other_arguments.half_padded(target, gives, other)
        yield from input_size.for_volume(self.walks, self.trials.rows, row, claimed, failing)
        if target and target.layer.is_global and output.flat and not row.params:
            yield from depths.for_values(target, depth)


def _of_depth(row: Row, depth: int) -> dict[str, int] | None:
    """The argument that sets the depth of a layer; None where it has none."""
    field = next((name for name in ("filters", "units") if name in row.node.layer.arguments), None)
    return {field: depth} if field else None


def _is_another_window(code: str, candidate: Candidate) -> bool:
    """Whether it gives a window another extent or stride where that was not what was wrong."""
    return candidate.order in (5, 6) and code != "SHP205"


def _first(found: Found) -> Cost:
    return found[0]


def _fits(alone: Layer, inputs: tuple[Volume, ...], axis: int) -> bool:
    """Whether a layer has an output at all, and drops nothing."""
    alone.output(*inputs)
    return all(t.kind in LOSES_NOTHING for t in _tilings(alone, inputs[0]))


def _padded_by_half_at_most(alone: Layer, inputs: tuple[Volume, ...], axis: int) -> bool:
    padded = all(max(w.before, w.after) <= w.effective // 2 for w in alone.windows(inputs[0]))
    return padded and _fits(alone, inputs, axis)


def _tilings(alone: Layer, volume: Volume) -> list[Tiling]:
    return [tiling(volume.spatial[0], window) for window in alone.windows(volume)]
