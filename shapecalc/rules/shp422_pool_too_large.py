"""SHP422: pools larger than 3x3."""

from shapecalc.core.phrases import size_text
from shapecalc.rules.neighbours import pools, sized
from shapecalc.rules.rule import Context, Diagnostics, Rule

LARGEST = 3


class PoolTooLarge(Rule):
    """A pool has a window larger than 3.

    Why: Pooling is lossy: a maximum over 5x5 keeps one of 25 values. The common settings are F=2, S=2 and F=3, S=2
    (Krizhevsky et al. 2012). A pool over the whole map before the last FC is another matter.

    Instead: write POOL(2) or POOL(3, S=2), twice where one is not enough.
    """

    severity = "note"
    groups = ("teaching",)
    bad = ("INPUT(32x32x3) => CONV(8, F=3, P=1) => POOL(4) => FC(10)",)
    good = (
        "INPUT(32x32x3) => CONV(8, F=3, P=1) => POOL(2) => FC(10)",
        "INPUT(32x32x3) => CONV(8, F=3, P=1) => AVGPOOL(32) => FC(10)",
    )

    def check(self, context: Context) -> Diagnostics:
        for row, volume, output in sized(context, pools):
            extent = max(w.extent for w in row.windows)
            if output.positions > 1 and extent > LARGEST and any(w.stride > 1 for w in row.windows):
                yield self.report(
                    row.node,
                    f"{row.node.kind} has a window of {extent}, and 3 is the most that is usual",
                    label=f"{size_text(volume.spatial)} becomes {size_text(output.spatial)}",
                    help=("write POOL(2) or POOL(3, S=2)",),
                )
