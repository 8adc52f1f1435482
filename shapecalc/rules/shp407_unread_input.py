"""SHP407: inputs that nothing reads."""

import re

from shapecalc.language import syntax
from shapecalc.passes.report import Row
from shapecalc.rules.rule import Context, Diagnostics, Rule


class UnreadInput(Rule):
    """No layer reads an INPUT, or what comes before ADD, CONCAT or MUL whose branches all begin at taps.

    Why: Its values are counted and lead nowhere. Most often an arrow is missing after it, or another network begins
    on this line; a branch that begins at a tap, @a, does not read what the arrow before the join gives.

    Instead: write => and the layer that reads it, or remove it; in ADD[ | @a ] the empty branch is what comes before.
    """

    severity = "warning"
    groups = ("teaching",)
    bad = (
        "INPUT(32x32x3)\nINPUT(28x28x1) => CONV(8, F=3) => FC(10)",
        "INPUT(32x32x3) as a",
        "INPUT(32x32x3) => CONV(8, F=3) as a => RELU => CONV(8, F=3, P=1) => ADD[ @a | @a ] => FC(10)",
    )
    good = (
        "INPUT(28x28x1) => CONV(8, F=3) => FC(10)",
        "INPUT(32x32x3) => CONV(8, F=3) as a => RELU => CONV(8, F=3, P=1) => ADD[ @a | ] => FC(10)",
    )

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

        for row in context.rows:
            lost = self._before(context, row) if row.node.branch is not None else None
            if lost is not None:
                yield self.report(
                    lost.node,
                    f"nothing reads {lost.node.name}: every branch of {row.node.kind} begins at a tap",
                    label=f"{lost.output} leads nowhere",
                    help=(f"write an empty branch for it: {row.node.kind}[ | … ]",),
                )

    def _before(self, context: Context, join: Row) -> Row | None:
        """What comes before a join by an arrow and is read by nothing."""
        branch = join.node.branch
        if branch is None or not all(chain.items and isinstance(chain.items[0], syntax.Tap) for chain in branch.chains):
            return None
        (start, end), at = branch.span, join.node.index - 1
        while at >= 0 and start <= context.rows[at].node.span[0] < end:
            at -= 1
        if at < 0 or context.consumers[at]:
            return None
        from shapecalc.language.lexemes import ARROW  # which few texts need

        between = context.source.text[context.rows[at].node.span[1] : start]
        return context.rows[at] if re.fullmatch(rf"\s*{ARROW}\s*", between) else None

    def _on_one_line(self, context: Context, first: Row, second: Row) -> bool:
        return "\n" not in context.source.text[first.node.span[1] : second.node.span[0]]
