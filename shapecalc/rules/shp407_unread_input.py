"""SHP407: inputs that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.rules.rule import Context, Rule


class UnreadInput(Rule):
    """Nothing reads an INPUT of a network that has other layers.

    Why: Its values are counted and lead nowhere. Most often an arrow is missing after it, or another network begins
    on this line.

    Instead: write => and the layer that reads it, or remove it. Networks that have nothing to do with each other
    belong into files of their own.
    """

    severity = "warning"
    groups = ("teaching",)
    bad = ("INPUT(32x32x3)\nINPUT(28x28x1) => CONV(8, F=3) => FC(10)",)
    good = (
        "INPUT(28x28x1) => CONV(8, F=3) => FC(10)",
        "INPUT(28x28x1)",
    )

    def check(self, context: Context) -> Iterator[Diagnostic]:
        for row in context.rows:
            if not row.node.inputs and not context.consumers[row.node.index] and len(context.rows) > 1:
                yield self.report(
                    row.node,
                    f"nothing reads {row.node.text}",
                    label=f"{row.output} leads nowhere",
                    help=("write => and the layer that reads it, or remove it",),
                )
