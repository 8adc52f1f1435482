"""SHP424: pools that discard more than three of four values."""

from math import prod

from shapecalc.core.phrases import share_text
from shapecalc.rules.neighbours import pools, sized
from shapecalc.rules.rule import Context, Diagnostics, Rule


class PoolDiscardsMost(Rule):
    """A pool keeps less than a quarter of the positions.

    Why: 2x2 with a stride of 2 discards 75 % of the activations. More at once is too destructive, according to
    course notes: what is lost cannot be found again by the layers after it.

    Instead: pool by 2, twice if need be, with convolutions between.
    """

    severity = "warning"
    groups = ("teaching",)
    bad = ("INPUT(32x32x3) => CONV(8, F=3, P=1) => POOL(3, S=3, ceil=true) => FC(10)",)
    good = (
        "INPUT(32x32x3) => CONV(8, F=3, P=1) => POOL(2) => FC(10)",
        "INPUT(32x32x3) => CONV(8, F=3) => POOL(3, S=2) => FC(10)",
    )

    def check(self, context: Context) -> Diagnostics:
        for row, _, output in sized(context, pools):
            kept = prod(window.stride for window in row.windows)
            if output.positions > 1 and kept > 2 ** len(row.windows):
                yield self.report(
                    row.node,
                    f"{row.node.kind} keeps one of {kept} positions and discards {share_text(1 - 1 / kept)} of them",
                    label="more than 75 % at once" if len(row.windows) == 2 else "more than half of every axis at once",
                    help=("pool by 2, with convolutions between",),
                )
