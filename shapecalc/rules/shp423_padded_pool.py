"""SHP423: padding in pools."""

from shapecalc.rules.neighbours import known, pools
from shapecalc.rules.rule import Context, Diagnostics, Rule


class PaddedPool(Rule):
    """A pool pads its input.

    Why: Course notes pad convolutions only: a pool is there to shrink, and an average over padding counts zeros
    that are no pixels (count_include_pad). ResNet and Inception pad their 3x3 pools on purpose, to halve the size
    exactly.

    Instead: write POOL(2), or POOL(3, S=2) on an odd size.
    """

    severity = "note"
    groups = ("teaching",)
    bad = ("INPUT(32x32x3) => CONV(8, F=3, P=1) => POOL(3, S=2, P=1)",)
    good = ("INPUT(32x32x3) => CONV(8, F=3, P=1) => POOL(2)",)

    def check(self, context: Context) -> Diagnostics:
        for row in known(context):
            pads = max((max(w.before, w.after) for w in row.windows), default=0)
            if pools(row) and pads:
                yield self.report(
                    row.node,
                    f"{row.node.kind} pads its input by {pads}",
                    label="padding in a pool",
                    help=("write POOL(2), which needs none on an even size",),
                )
