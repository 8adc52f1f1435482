"""Mends for a layer that does not tile its input: each is tried on the whole network before it is offered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.padding import Padding
from shapecalc.diagnostics.diagnostic import Edit, Fix, Span
from shapecalc.language import syntax
from shapecalc.language.unparse import show_call, show_expression
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.report import Row
from shapecalc.passes.shapes import propagate
from shapecalc.registry import find_argument

FARTHEST = 32
"""How far from the written input size another is looked for."""
NEAR = 4
"""How far a second size of the input, on the other side of the written one, may lie to be worth a line."""
MOST_WORK = 60_000
"""Layers that may be computed while looking for fixes of one diagnostic."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A change that was tried: what to write, the rows it gives, and the layers that still drop pixels."""

    advice: str
    fix: Fix | None
    rows: list[Row]
    dropping: frozenset[int]


class Candidate(NamedTuple):
    """A change to try: one layer in place of another, the advice, and the edit that makes it."""

    old: Layer
    new: Layer
    advice: str
    """`{fits}` and `{formula}` stand for what is found out by trying."""
    fix: Fix | None
    size: int = 0
    """How large the change is, where there is a choice."""


def dropping(rows: Sequence[Row]) -> frozenset[int]:
    """The nodes with real input that no window reads."""
    return frozenset(row.node.index for row in rows if row.tiling == "drops-pixels")


def repairs(graph: Graph, rows: list[Row], row: Row, *, exacting: bool) -> list[Repair]:
    """Changes that make a layer read all of its input without making another drop more, smallest first.

    With `exacting` only those after which its quotient is an integer.
    """
    budget = max(1, MOST_WORK // max(1, len(rows)))
    found: list[tuple[Repair, int]] = []
    for candidates in (_inputs(graph, rows, row, 1), _inputs(graph, rows, row, -1)):
        best = _first_that_fits(graph, rows, row, candidates, exacting, budget // 2)
        if best is not None:
            found.append(best)
    found.sort(key=lambda one: (len(one[0].dropping), one[1]))
    found = [one for one in found if one is found[0] or one[1] <= NEAR]
    for candidates in (_paddings(row), iter(()) if exacting else _rounding_up(row)):
        best = _first_that_fits(graph, rows, row, candidates, exacting, 1)
        if best is not None:
            found.append(best)
    offered = sorted((repair for repair, _ in found), key=lambda repair: len(repair.dropping))
    return [repair for repair in offered if repair.dropping <= offered[0].dropping]


def with_one_window_more(graph: Graph, rows: list[Row], row: Row) -> list[Row] | None:
    """The rows of the network if the quotient of a layer were rounded up; None where that cannot be had."""
    layer, volume = row.node.layer, row.inputs[0]
    if layer is None or volume is None:
        return None
    more = layer.rounded_up()
    if more is None:
        pairs = tuple(
            (w.before, w.after + (-w.slack(size) % w.stride if t.dropped else 0))
            for w, t, size in zip(row.windows, row.tilings, volume.spatial, strict=True)
        )
        more = layer.padded(Padding("", pairs))
    if more is None:
        return None
    tried, _ = propagate(graph, {id(layer): more})
    return tried if _unknown(tried) <= _unknown(rows) else None


def _first_that_fits(
    graph: Graph, rows: list[Row], row: Row, candidates: Iterator[Candidate], exacting: bool, budget: int
) -> tuple[Repair, int] | None:
    """The first candidate that leaves nothing untidy, else the one that leaves least."""
    before, unknown = dropping(rows), _unknown(rows)
    best: tuple[Repair, int] | None = None
    best_score: tuple[int, bool] | None = None
    for candidate, _ in zip(candidates, range(budget), strict=False):
        tried, _problems = propagate(graph, {id(candidate.old): candidate.new})
        after, reached = dropping(tried), tried[row.node.index]
        exact = all(t.quotient.denominator == 1 for t in reached.tilings)
        if row.node.index in after or not after <= before or _unknown(tried) > unknown or (exacting and not exact):
            continue
        score = (len(after), not exact)
        if best_score is None or score < best_score:
            fits = "fits exactly" if exact else "loses nothing"
            advice = candidate.advice.format(fits=fits, formula=_formula(row, reached))
            best, best_score = (Repair(advice, candidate.fix, tried, after), candidate.size), score
        if score == (0, False):
            break
    return best


def _unknown(rows: Sequence[Row]) -> int:
    return sum(row.output is None for row in rows)


def _formula(row: Row, repaired: Row) -> str:
    """`(227 − 11)/4 + 1 = 55`, along the first axis that did not fit."""
    if repaired.inputs[0] is None or not repaired.windows:
        return ""
    axis = next((i for i, t in enumerate(row.tilings) if t.dropped), 0)
    return repaired.windows[axis].formula(repaired.inputs[0].spatial[axis], zeros=False)


def _inputs(graph: Graph, rows: list[Row], row: Row, direction: int) -> Iterator[Candidate]:
    """Larger or smaller sizes of the INPUT that the layer descends from, the nearest first."""
    node = row.node
    while node.inputs:
        node = graph.nodes[node.inputs[0]]
    layer, output = node.layer, rows[node.index].output
    if layer is None or output is None:
        return
    rank = len(output.spatial)
    failing = frozenset(i for i, t in enumerate(row.tilings) if t.kind == "drops-pixels")
    square = len(set(output.spatial)) == 1
    variants = [frozenset(range(rank)), failing] if square and len(failing) < rank else [failing]
    for distance in range(1, FARTHEST + 1):
        for axes in variants:
            spatial = [s + direction * distance * (i in axes) for i, s in enumerate(output.spatial)]
            if min(spatial) < 1:
                return
            size = Volume(tuple(spatial), output.depth)
            resized = layer.resized(size)
            if resized is None:
                return
            text = f"{node.kind}({size})"
            fix = Fix(f"make the input {size}", (Edit(node.span, text),)) if node.literal else None
            subject = text if node.literal else f"an input of {size}"
            yield Candidate(layer, resized, f"{subject} {{fits}}: {{formula}}", fix, distance)


def _paddings(row: Row) -> Iterator[Candidate]:
    """Just as much more padding as the last window lacks, the odd position at the end."""
    layer, volume = row.node.layer, row.inputs[0]
    if layer is None or volume is None:
        return
    pairs = []
    for window, tiled, size in zip(row.windows, row.tilings, volume.spatial, strict=True):
        more = -window.slack(size) % window.stride if tiled.dropped else 0
        pairs.append((window.before + more // 2, window.after + more - more // 2))
        most = window.effective // 2 if layer.op_category == "pool" else window.effective - 1
        if more and max(pairs[-1]) > most:
            return
    padding = Padding("", tuple(pairs))
    padded = layer.padded(padding)
    if padded is None:
        return
    kept = "x".join(map(str, volume.spatial))
    out = "x".join(
        str(w._replace(before=before, after=after).outputs(size))
        for w, (before, after), size in zip(row.windows, pairs, volume.spatial, strict=True)
    )
    fix = _written(row.node, layer, "P", _padding_expression(padding, row.node.span))
    yield Candidate(layer, padded, f"P={padding} keeps {kept} and gives {out}", fix)


def _rounding_up(row: Row) -> Iterator[Candidate]:
    """Pools can round up."""
    layer = row.node.layer
    rounded = layer and layer.rounded_up()
    if layer is None or rounded is None or layer.rounding_up is None:
        return
    letter, value = layer.rounding_up
    parameter = find_argument(type(layer), letter)
    if parameter is None or layer.arguments[parameter.field] != parameter.default:
        return
    fix = _written(row.node, layer, letter, syntax.Name(value, row.node.span))
    yield Candidate(layer, rounded, f"{letter}={value} rounds up and reads everything", fix)


def _padding_expression(padding: Padding, span: Span) -> syntax.Expression:
    """Numeric padding as it is written: `1`, `1x2`, or `(left,right,top,bottom)`."""
    if all(before == after for before, after in padding.pairs):
        sizes = tuple(before for before, _ in padding.pairs)
        return syntax.SizeLiteral(sizes, span) if len(sizes) > 1 else syntax.Number(sizes[0], span)
    return syntax.Tuple(tuple(syntax.Number(n, span) for pair in padding.pairs for n in pair), span)


def _written(node: Node, layer: Layer, letter: str, value: syntax.Expression) -> Fix | None:
    """The edit that gives one argument of a layer another value, where its text stands for it alone."""
    call = node.call
    if not node.literal or call is None or call.short:
        return None
    letters = [a.letter for a in layer.signature]
    new = syntax.Argument(letter, value, call.span)
    arguments = []
    for place, argument in enumerate(call.arguments):
        found = find_argument(type(layer), argument.name) if argument.name else None
        if letter == (found.letter if found else letters[place] if argument.name is None else ""):
            new = replace(new, name=argument.name)
            arguments.append(new)
        else:
            arguments.append(argument)
    if new not in arguments:
        arguments.append(new)
    text = show_call(replace(call, arguments=tuple(arguments)))
    shown = show_expression(value, tight=True).replace(", ", ",")
    return Fix(f"write {letter}={shown}", (Edit(node.span, text),))
