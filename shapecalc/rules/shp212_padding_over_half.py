"""SHP212: pools that are padded by more than half of their window."""

from shapecalc.rules.rule import Context, Diagnostics, Rule


class PaddingOverHalf(Rule):
    """A pool is padded by more than half of its window.

    Why: PyTorch refuses to run it ("pad should be at most half of effective kernel size"). Some windows would lie in
    the padding alone or nearly so, and a maximum or an average of nothing is no value.

    Instead: pad by F // 2 at most.
    """

    severity = "warning"
    bad = ("INPUT(9x9x3) => POOL(3, S=2, P=2)", "INPUT(9x9x3) => POOL(3, S=1, P=full)")
    good = ("INPUT(9x9x3) => POOL(3, S=2, P=1)", "INPUT(9x9x3) => CONV(4, F=3, S=2, P=2)")

    def check(self, context: Context) -> Diagnostics:
        for row in context.rows:
            wide = [w for w in row.windows if max(w.before, w.after) > w.effective // 2]
            if wide and row.node.layer.op_category == "pool":
                padding, window = max(wide[0].before, wide[0].after), wide[0].effective
                yield self.report(
                    row.node,
                    f"{row.node.kind} is padded by {padding}, more than half of its window of {window}",
                    label=f"PyTorch refuses more than {window // 2}",
                )
