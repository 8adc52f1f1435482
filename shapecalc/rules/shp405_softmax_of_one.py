"""SHP405: a softmax over a single value."""

from shapecalc.rules.edits import replaced
from shapecalc.rules.neighbours import kind_of, sized
from shapecalc.rules.rule import Context, Diagnostics, Rule


class SoftmaxOfOne(Rule):
    """SOFTMAX is applied to a depth of 1, and always gives 1.

    Why: Softmax divides by the sum over the depth. With one channel this is x / x: the network gives 1 for every
    image, and its gradient is 0, so that it does not learn.

    Instead: write SIGMOID for one output (yes or no), or FC(2) => SOFTMAX for two classes.
    """

    groups = ("teaching", "training")
    bad = ("INPUT(32x32x3) => FC(1) => SOFTMAX",)
    good = ("INPUT(32x32x3) => FC(1) => SIGMOID", "INPUT(32x32x3) => FC(2) => SOFTMAX")

    def check(self, context: Context) -> Diagnostics:
        for row, _, output in sized(context, lambda row: kind_of(row) == "SOFTMAX"):
            if output.depth == 1:
                yield self.report(
                    row.node,
                    f"{row.node.kind} over a depth of 1 gives 1 for every input",
                    label=f"expected a depth of at least 2, found {output}",
                    help=("write SIGMOID for one output, or FC(2) before it",),
                    fixes=replaced(row.node, "SIGMOID") if row.node.kind == "SOFTMAX" else (),
                )
