"""What is wrong and why: the problems that others follow from, with the repairs that were tried for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from shapecalc.core.padding import Padding
from shapecalc.diagnostics.diagnostic import Fix
from shapecalc.language.syntax import Claim
from shapecalc.passes.claims import (
    VOLUME_KEYS,
    about_row,
    claimed_figure,
    claimed_sizes,
    expected_values,
    total_diagnostics,
)
from shapecalc.passes.graph import Graph
from shapecalc.passes.memory import totals
from shapecalc.passes.report import Conventions, Row, Totals
from shapecalc.passes.shapes import grade, rounding_of
from shapecalc.repairs.choose import Repair, Search
from shapecalc.repairs.depths import reads_all
from shapecalc.repairs.input_size import Walks
from shapecalc.repairs.trial import Change, Problem, Trials

MOST_SOLVED = 6
"""For how many problems of a network repairs are looked for."""
TILING = frozenset({"SHP201", "SHP202", "SHP204"})
"""What rules say about windows that do not tile."""
CLAIMS = frozenset({"SHP301", "SHP302", "SHP303"})

RuleProblems = Callable[[Sequence[Row], Totals], Iterable[Problem]]
"""Errors and warnings of rules that look at the whole network."""


@dataclass
class Cause:
    """A problem, what fixes it, and what else that puts right."""

    code: str
    row: Row
    rows: list[Row]
    """All rows of the network as it is."""
    repairs: list[Repair] = field(default_factory=list)
    more: list[Row] | None = None
    """All rows if the layer's quotient were rounded up instead of down."""
    also: list[Row] = field(default_factory=list)
    """Layers after it that only fail to tile because of it."""
    consequences: frozenset[Problem] = frozenset()
    """All that the best repair puts right besides."""
    claims: list[str] = field(default_factory=list)
    """Claims that only fail because of it."""
    failing: list[str] = field(default_factory=list)
    """What is wrong with layers that only do not fit because of it."""
    unfinished: bool = False
    """Some changes were not tried, as that takes long in a large network."""
    searched: bool = False
    """Whether repairs were looked for."""

    @property
    def advice(self) -> tuple[str, ...]:
        """What to write, the best first, each with what it does to the cost of the network."""
        texts = [f"{r.advice} ({r.tried.effect})" if str(r.tried.effect) else r.advice for r in self.repairs]
        return tuple(text if i == 0 else f"or {text}" for i, text in enumerate(texts))

    @property
    def reason(self) -> str:
        """Why nothing is offered."""
        if not self.searched:
            return "fix what is wrong before it, and check again"
        if self.unfinished:
            return f"not every change was tried: the network has {len(self.rows):,} layers"
        return "no single change of the layer or of the input fixes it without another error"

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """The repairs that can be written."""
        return tuple(repair.fix for repair in self.repairs if repair.fix)


class Judge:
    """What is an error or a warning of a single layer or of the whole, for diagnosing and for trying repairs alike."""

    def __init__(self, graph: Graph, conventions: Conventions, *, strict: bool, rules: RuleProblems) -> None:
        self.graph, self.conventions, self.strict, self.rules = graph, conventions, strict, rules
        self.claims: dict[int, list[Claim]] = {}
        for index, claim in graph.claims:
            self.claims.setdefault(index, []).append(claim)
        for claim in graph.settings.expect:
            if claim.key.lower() in VOLUME_KEYS and graph.nodes:
                self.claims.setdefault(len(graph.nodes) - 1, []).append(claim)
        self.sizes = {id(claim): claimed_sizes(claim) for claims in self.claims.values() for claim in claims}
        """The sizes that claims about volumes state."""

    def grade(self, row: Row) -> tuple[str, str] | None:
        """Code and severity of how a row tiles."""
        return grade(row, self.graph.settings.rounding, strict=self.strict)

    def accepts(self, row: Row) -> bool:
        """Whether how the windows of a row tile is no error and no warning."""
        graded = self.grade(row)
        return graded is None or graded[1] == "note"

    def exact(self, row: Row) -> bool:
        """Whether the quotient of a layer must be an integer."""
        return self.strict or rounding_of(row, self.graph.settings.rounding) == "exact"

    def of_row(self, row: Row) -> Iterable[Problem]:
        """Errors and warnings of a layer."""
        if not row.windows and row.node.layer.depth_window is not None:
            return (*self._of_depth(row), *self._of_row(row))
        return self._of_row(row) if row.windows or row.node.index in self.claims else ()

    def _of_depth(self, row: Row) -> Iterable[Problem]:
        volume, meant = row.arriving, row.is_claimed and self.graph.settings.rounding != "exact"
        if volume is None or (meant and not self.strict):
            return
        if not reads_all(row.node.layer, volume.depth, ("exact", "subsamples")):
            yield Problem("SHP201", row.node.index, "depth")

    def _of_row(self, row: Row) -> Iterable[Problem]:
        graded, index = None if _fits(row) else self.grade(row), row.node.index
        if graded is not None and graded[1] != "note":
            yield from (Problem(graded[0], index, a) for a, t in enumerate(row.tilings) if t.kind == row.tiling)
        read = row.arriving.spatial if row.arriving else ()
        for axis, (window, size) in enumerate(zip(row.windows, read, strict=False)):
            if window.hangs_over(size):
                yield Problem("SHP205", index, axis)
            if row.node.layer.op_category == "pool" and max(window.before, window.after) > window.effective // 2:
                yield Problem("SHP212", index, axis)
        for claim in self.claims.get(index, ()):
            if (sizes := self.sizes[id(claim)]) is not None:  # what would be said of it takes longer than the rest
                if row.output is not None and row.output.sizes != sizes:
                    yield Problem("SHP301", index, str(claim.span))
                continue
            yield from (Problem(d.code, index, str(d.span)) for d in about_row(row, claim, self.conventions))

    def of_network(self, rows: Sequence[Row]) -> Iterable[Problem]:
        """Errors and warnings of the whole."""
        sums = totals(rows, self.conventions, with_peak=False)
        yield from self.of_expectations(rows, sums)
        yield from self.rules(rows, sums)

    def of_expectations(self, rows: Sequence[Row], sums: Totals) -> Iterable[Problem]:
        """What is expected of the whole and does not come out."""
        for d in total_diagnostics(self.graph, rows, sums, self.conventions):
            yield Problem(d.code, d.layer, str(d.span))


def _fits(row: Row) -> bool:
    """Whether the windows of a row leave nothing over."""
    return all(t.kind == "exact" and t.quotient.denominator == 1 for t in row.tilings)


def find_causes(graph: Graph, rows: list[Row], judge: Judge, whole: frozenset[Problem]) -> list[Cause]:
    """The problems of layers from the first on, those that are only consequences of another left out.

    `whole` is what is wrong with the network as a whole.
    """
    trials = Trials(graph, rows, judge.of_row, judge.of_network, whole)
    claimed = {i: sizes for i, claims in judge.claims.items() for c in claims if (sizes := claimed_sizes(c))}
    arriving = {i: figure for i, claims in judge.claims.items() for c in claims if (figure := expected_values(c))}
    of_one = {i: [c for c in claims if c.layers == 1] for i, claims in judge.claims.items()}
    figures = {i: tuple(filter(None, map(claimed_figure, claims))) for i, claims in of_one.items()}
    search = Search(trials, Walks(graph, rows, judge.accepts), judge.exact, claimed, arriving, figures)
    by_layer: dict[tuple[int, str], set[Problem]] = {}
    for problem in trials.problems:
        if problem.layer is not None:
            by_layer.setdefault((problem.layer, problem.code), set()).add(problem)
    waiting = sorted(by_layer, key=_by_place)
    folded: set[Problem] = set()
    causes: list[Cause] = []
    seen: set[tuple[int, str]] = set()
    for index, code in waiting:
        own = by_layer[index, code]
        if own <= folded:
            continue
        row = rows[index]
        cause = Cause(code, row, rows)
        causes.append(cause)
        key = (id(row.node.call or row.node), code)
        if key in seen or len(causes) > MOST_SOLVED:
            continue
        seen.add(key)
        cause.repairs, cause.searched = search.repairs(code, row), True
        cause.unfinished = trials.budget <= 0
        if code in TILING and row.tilings:
            cause.more = _one_window_more(trials, row)
        if cause.repairs:
            _fold(cause, trials, own)
            folded |= cause.consequences
    return causes


def _by_place(one: tuple[int, str]) -> tuple[int, bool, str]:
    """From the first layer on; what is wrong with a layer before what is claimed of it."""
    return one[0], one[1] in CLAIMS, one[1]


def _fold(cause: Cause, trials: Trials, own: set[Problem]) -> None:
    """What the best repair puts right besides, in the layer itself and in those after it."""
    best, rows = cause.repairs[0], cause.rows
    after = _descendants(trials.graph, cause.row.node.index)
    gone = (trials.problems - best.tried.problems) | (trials.network_problems - best.whole)
    reached = {p for p in gone - own if p.layer is None or p.layer in after}
    # What a text claims may be what is wrong: no stride that does not fit is hidden by it.
    cause.consequences = frozenset(p for p in reached if p.code in CLAIMS or cause.code not in CLAIMS)
    layers = sorted({p.layer for p in cause.consequences if p.code in TILING and p.layer is not None})
    cause.also = [rows[i] for i in layers if i != cause.row.node.index]


def _descendants(graph: Graph, index: int) -> set[int]:
    """A node and all that depend on it."""
    found = {index}
    for node in graph.nodes[index + 1 :]:
        if not found.isdisjoint(node.inputs):
            found.add(node.index)
    return found


def _one_window_more(trials: Trials, row: Row) -> list[Row] | None:
    """The rows of the network if the quotient of a layer were rounded up; None where that cannot be had."""
    layer, volume = row.node.layer, row.arriving
    if volume is None:
        return None
    pairs = tuple(
        (w.before, w.after + (-w.slack(size) % w.stride if t.dropped else 0))
        for w, t, size in zip(row.windows, row.tilings, volume.spatial, strict=True)
    )
    more = layer.rounded_up() or layer.padded(Padding("", pairs))
    if more is None:
        return None
    alike = [n.index for n in trials.graph.nodes if n.layer is layer]
    tried = trials.try_change(Change(dict.fromkeys(alike, more)))
    return tried.rows if _unknown(tried.rows) <= _unknown(trials.rows) else None


def _unknown(rows: Sequence[Row]) -> int:
    return sum(row.output is None for row in rows)
