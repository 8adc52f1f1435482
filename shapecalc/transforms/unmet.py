"""What a network does not meet of what is asked of it: by its layers, by its claims, by budgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shapecalc.core.record import replace
from shapecalc.passes.budgets import MEASURES, Budget, keeps
from shapecalc.passes.claims import about_claim, claim_text, total_diagnostics
from shapecalc.passes.graph import Graph
from shapecalc.passes.memory import mark_in_place, totals, with_training
from shapecalc.passes.receptive_field import add_receptive_fields
from shapecalc.passes.report import Conventions, Row
from shapecalc.passes.shapes import propagate

Accepts = Callable[[Row], bool]

GROWS = frozenset({"params", "macs"})
"""Budgets of which the first layers of a network take no more than all: its last layer may see less than another."""


def unmet_by(graph: Graph, accepts: Accepts, budgets: Sequence[Budget]) -> set[str]:
    """What a network does not meet: layers that do not fit their input, claims that fail, budgets that it exceeds."""
    conventions = Conventions()
    rows, problems = propagate(graph)
    mark_in_place(rows)
    sums = totals(rows, conventions, with_peak=False)
    wrong = {f"{node.name} fits its input" for node, _ in problems}
    wrong |= {f"{row.node.name} reads all of its input" for row in rows if row.output and not accepts(row)}
    for index, claim in graph.claims:
        if rows[index].output is None or any(about_claim(rows, index, claim, conventions)):
            wrong.add(f"{rows[index].node.name} gives {claim_text(claim.key, claim.text)}")
    for claim in graph.settings.expect:
        alone = replace(graph, settings=replace(graph.settings, expect=(claim,)))
        if sums.unknown or total_diagnostics(alone, rows, sums, conventions):
            wrong.add(f"the network has {claim_text(claim.key, claim.text)}")
    limited = {budget.key for budget in budgets}
    if "field" in limited:
        add_receptive_fields(rows)
    if "training" in limited:
        sums = with_training(rows, sums, conventions)
    for budget in budgets:
        value = MEASURES[budget.key][1](rows, sums, conventions)
        if value is None or not keeps(budget, value):
            wrong.add(f"the network has {budget.key} <= {budget.most.text}")
    return wrong
