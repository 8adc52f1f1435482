"""SHP439: two pools in a row."""

from shapecalc.passes.report import Row
from shapecalc.rules.neighbours import pairs, pools
from shapecalc.rules.rule import Context, Diagnostics, Rule


class PoolAfterPool(Rule):
    """A pool comes directly after another one.

    Why: Nothing is computed between the two: one pool with the product of their strides gives nearly the same and
    reads the map once. A convolution between them was perhaps lost.

    Instead: write one pool, or a convolution between the two.
    """

    severity = "note"
    groups = ("teaching",)
    bad = ("INPUT(32x32x3) => CONV(8, F=3, P=1) => POOL(2) => POOL(2) => FC(10)",)
    good = ("INPUT(32x32x3) => CONV(8, F=3, P=1) => POOL(2) => CONV(8, F=3, P=1) => POOL(2) => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        for source, row in pairs(context):
            if pools(row) and pools(source) and _shrinks(row) and _shrinks(source):
                yield self.report(
                    row.node,
                    f"{row.node.name} pools what {source.node.name} has pooled already",
                    label="nothing is computed between the two",
                )


def _shrinks(row: Row) -> bool:
    return any(window.stride > 1 for window in row.windows)
