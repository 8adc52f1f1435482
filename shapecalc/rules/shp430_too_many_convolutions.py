"""SHP430: more than three convolutions at one size of the input image."""

from shapecalc.core.phrases import share_text, size_text
from shapecalc.rules.neighbours import looking_around, pools
from shapecalc.rules.rule import Context, Diagnostics, Rule

MOST = 3


class TooManyConvolutions(Rule):
    """More than three convolutions of 3x3 follow each other at the full size of the input.

    Why: The pattern of course notes is [CONV => RELU]*N => POOL with N ≤ 3: at full size every layer costs the most
    time and memory that it can.

    Instead: pool earlier, and put the layers after the pool.
    """

    severity = "note"
    groups = ("teaching", "deploy")
    bad = ("INPUT(32x32x3) => [CONV(8, F=3, P=1) => RELU]*5 => POOL => FC(10)",)
    good = (
        "INPUT(32x32x3) => [CONV(8, F=3, P=1) => RELU]*2 => POOL => [CONV(8, F=3, P=1) => RELU]*3 => POOL => FC(10)",
    )

    def check(self, context: Context) -> Diagnostics:
        start = next((row.output for row in context.rows if not row.node.inputs and row.output is not None), None)
        if start is None:
            return
        full = [row for row in looking_around(context) if row.inputs[0] and row.inputs[0].spatial == start.spatial]
        pooled = any(pools(row) for row in context.rows)
        if len(full) > MOST and pooled:
            macs, total = sum(row.macs or 0 for row in full), context.totals.macs or 1
            yield self.report(
                full[MOST].node,
                f"{len(full)} convolutions work at the full size of {size_text(start.spatial)}",
                label="the fourth",
                notes=(f"they take {share_text(min(macs / total, 1))} of the multiply-accumulates",),
                help=("pool after two or three of them",),
            )
