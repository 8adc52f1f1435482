"""SHP408: networks in one file that share no layer, where they are taken as one."""

from __future__ import annotations

from itertools import groupby

from shapecalc.diagnostics.diagnostic import Related
from shapecalc.passes.components import networks_of
from shapecalc.rules.rule import Context, Diagnostics, Rule


class UnconnectedNetworks(Rule):
    """Networks that share no layer are added up as one, because `expect` is about the whole file.

    Why: Chains of one file are one network where a tap or a branch joins them. Where nothing does, `check` reports
    each by itself, with totals of its own; figures under `expect` are about their sum, so that they are taken as one.
    (`shapecalc.check` in Python gives one report, and takes them as one too.)

    Instead: write each network into a file of its own, or join them with a tap: `as a`, then `@a`.
    """

    severity = "warning"
    bad = ("---\nexpect: {params: 2K}\n---\nINPUT(8x8x3) => FC(5)\nINPUT(8x8x3) => FC(5)",)
    good = (
        "INPUT(8x8x3) => FC(10)\nINPUT(8x8x3) => FC(5)",
        "---\nexpect: {params: 2K}\n---\nINPUT(8x8x3) as a => FC(5)\n@a => FC(5)",
    )

    def check(self, context: Context) -> Diagnostics:
        nodes = context.graph.nodes
        numbers = networks_of(context.graph)
        if not any(numbers):
            return
        firsts: dict[int, int] = {}
        for number, run in groupby(range(len(nodes)), lambda index: numbers[index]):
            firsts.setdefault(number, next(run))
        first, second, *others = (nodes[index] for index in firsts.values())
        yield self.report(
            second,
            f"{len(firsts):,} networks share no layer, and are added up as one",
            label="another network begins here",
            related=(
                Related(first.span, "the first network"),
                *(Related(node.span, "another network") for node in others[:3]),
            ),
            help=("write each network into a file of its own",),
        )
