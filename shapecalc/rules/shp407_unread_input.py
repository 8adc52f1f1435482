"""SHP407: inputs that nothing reads."""

from __future__ import annotations

from shapecalc.passes.report import Row
from shapecalc.rules.rule import Context, Diagnostics, Rule


class UnreadInput(Rule):
    """No layer reads an INPUT.

    Why: Its values are counted and lead nowhere. Most often an arrow is missing after it, or another network begins
    on this line.

    Instead: write => and the layer that reads it, or remove it.
    """

    severity = "warning"
    groups = ("teaching",)
    bad = ("INPUT(32x32x3)\nINPUT(28x28x1) => CONV(8, F=3) => FC(10)", "INPUT(32x32x3) as a")
    good = ("INPUT(28x28x1) => CONV(8, F=3) => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        if any(d.severity == "error" for d in context.graph.diagnostics):
            return  # what was not understood may have been its reader
        for row in context.rows:
            if not row.node.inputs and not context.consumers[row.node.index]:
                following = context.rows[row.node.index + 1 : row.node.index + 2]
                twice = [r.node.text for r in following if not r.node.inputs and self._on_one_line(context, row, r)]
                yield self.report(
                    row.node,
                    f"nothing reads {row.node.text}",
                    label=f"{row.output} leads nowhere",
                    help=(
                        f"remove it: {twice[0]} after it is the input"
                        if twice
                        else "write => and the layer that reads it, or remove it",
                    ),
                )

    def _on_one_line(self, context: Context, first: Row, second: Row) -> bool:
        return "\n" not in context.source.text[first.node.span[1] : second.node.span[0]]
