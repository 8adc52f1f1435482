"""SHP305: networks that are larger than their budget."""

from __future__ import annotations

from collections.abc import Callable

from shapecalc.passes.budgets import MEASURES, keeps
from shapecalc.passes.report import Row
from shapecalc.rules.rule import Context, Diagnostics, Example, Rule

LARGEST: dict[str, Callable[[Row], int | None]] = {
    "params": lambda row: row.params,
    "macs": lambda row: row.macs,
    "memory": lambda row: row.allocated,
}
"""By what the layer is found that has most of a figure."""


class OverBudget(Rule):
    """The network needs more than its budget allows.

    Why: a device has so much memory, and a product so much time. A budget in the configuration or on the command line
    holds for every network that it names, and keeps a change that is a little too large from being merged unseen.

    Instead: make the layer smaller that the note names, or raise the budget.
    """

    bad = (Example("INPUT(32x32x3) => FC(100)", ("--max", "params=100K")),)
    good = (Example("INPUT(32x32x3) => FC(10)", ("--max", "params=100K")), "INPUT(32x32x3) => FC(100)")

    def check(self, context: Context) -> Diagnostics:
        for budget in context.budgets if context.rows else ():
            words, measure = MEASURES[budget.key]
            value = measure(context.rows, context.totals, context.conventions)
            if value is not None and not keeps(budget, value):
                yield self.report(
                    None,
                    f"the network has {value:,} {words}, and its budget is {budget.most.text}",
                    span=context.rows[0].node.span,
                    label=f"limited by {budget.source}" if budget.source else "",
                    notes=_most(budget.key, context),
                )


def _most(key: str, context: Context) -> tuple[str, ...]:
    """Which layer has most of it."""
    share = LARGEST.get(key)
    if share is None:
        return ()
    row = max(context.rows, key=lambda row: share(row) or 0)
    return (f"{row.node.name} has most of it: {row.node.text}",)
