"""SHP440: ReLU on values that a maximum throws away."""

from shapecalc.rules.edits import swapped
from shapecalc.rules.neighbours import kind_of, known, only_reader, pools, source_of
from shapecalc.rules.rule import Context, Diagnostics, Rule

MONOTONIC = ("RELU", "RELU6", "LRELU")
"""Functions that never fall, so that the order of maximum and function is the same."""


class ActivationBeforeMaxPool(Rule):
    """A ReLU comes directly before a max pool.

    Why: The maximum of ReLU is the ReLU of the maximum: after POOL(2) it has a quarter of the values to do, with
    the same result. Frameworks do not change the order by themselves.

    Instead: write POOL => RELU. Published networks write it the other way, and lose little by it.
    """

    severity = "note"
    groups = ("deploy",)
    bad = ("INPUT(32x32x3) => CONV(8, F=3, P=1) => RELU => POOL(2) => FC(10)",)
    good = (
        "INPUT(32x32x3) => CONV(8, F=3, P=1) => POOL(2) => RELU => FC(10)",
        "INPUT(32x32x3) => CONV(8, F=3, P=1) => RELU => AVGPOOL(2)",
    )

    def check(self, context: Context) -> Diagnostics:
        for row in known(context):
            source = source_of(context, row)
            maximum = row.node.layer.arguments.get("mode") == "max"
            if not pools(row) or not maximum or source is None or kind_of(source) not in MONOTONIC:
                continue
            alone = only_reader(context, source) is row
            if alone and row.output and source.output and row.output.size < source.output.size:
                yield self.report(
                    source.node,
                    f"{source.node.kind} works on {source.output.size:,} values, and after {row.node.kind} on "
                    f"{row.output.size:,} with the same result",
                    label="before a maximum",
                    help=(f"write {row.node.text} => {source.node.text}",),
                    fixes=swapped(source.node, row.node, context, "safe"),
                )
