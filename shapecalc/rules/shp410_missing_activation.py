"""SHP410: two linear layers without an activation between them."""

from shapecalc.diagnostics.diagnostic import Related
from shapecalc.rules.edits import followed
from shapecalc.rules.neighbours import TRANSPARENT, before, known, multiplies
from shapecalc.rules.rule import Context, Diagnostics, Rule

LINEAR = TRANSPARENT | {"BN", "SCALE", "PAD", "CROP", "UPSAMPLE"}
"""Layers that leave what was linear linear."""


class MissingActivation(Rule):
    """Two layers that multiply follow each other without an activation between them.

    Why: A linear function of a linear function is one linear function: together they can do what one of them can
    do, at the price of both. (Factorised convolutions, linear bottlenecks as in MobileNetV2 and low-rank FCs do
    this on purpose, to save weights.)

    Instead: write RELU between them, or one layer instead of two.
    """

    severity = "warning"
    groups = ("teaching", "training")
    bad = ("INPUT(32x32x3) => CONV(8, F=3) => CONV(8, F=3) => RELU => FC(10)",)
    good = ("INPUT(32x32x3) => CONV(8, F=3) => RELU => CONV(8, F=3) => RELU => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        for row in known(context):
            source = before(context, row, LINEAR)
            if multiplies(row) and source is not None and multiplies(source):
                yield self.report(
                    row.node,
                    f"there is no activation between {source.node.name} and {row.node.name}",
                    label="linear after linear",
                    help=(f"write {source.node.text} => RELU",),
                    fixes=followed(source.node, "RELU", context),
                    related=(Related(source.node.span, "the layer before"),),
                )
