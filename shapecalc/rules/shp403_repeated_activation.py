"""SHP403: an activation on what was activated already."""

from shapecalc.passes.report import Row
from shapecalc.rules.edits import removed
from shapecalc.rules.neighbours import activates, function_of, kind_of, written_pairs
from shapecalc.rules.rule import Context, Diagnostics, Rule


class RepeatedActivation(Rule):
    """The same activation is applied twice, one directly after the other.

    Why: ReLU of ReLU is ReLU: the second changes nothing and costs a pass over the memory. For other functions,
    such as a sigmoid of a sigmoid, the second squeezes the values into a fraction of their range.

    Instead: remove one of them. A convolution between the two was perhaps lost.
    """

    severity = "warning"
    groups = ("teaching",)
    bad = ("INPUT(32x32x3) => CONV(8, F=3) => RELU => RELU => FC(10)",)
    good = (
        "INPUT(32x32x3) => CONV(8, F=3) => RELU => CONV(8, F=3) => RELU => FC(10)",
        "INPUT(32x32x3) => CONV(8, F=3) => ACT(square) => ACT(sqrt)",
        "INPUT(32x32x3) => CONV(8, F=3) => CLIP(low=0) => CLIP(high=6)",
        "INPUT(32x32x3) => RESCALE(1/255) => RESCALE(2, offset=-1) => CONV(8, F=3)",
    )

    def check(self, context: Context) -> Diagnostics:
        for source, row in written_pairs(context):
            if activates(row) and kind_of(source) == kind_of(row) and _arguments(source) == _arguments(row):
                yield self.report(
                    row.node,
                    f"{row.node.kind} is applied to what {source.node.name} has activated already",
                    label=f"the second {row.node.kind} in a row",
                    help=("remove one of the two, or write the layer that belongs between them",),
                    fixes=removed(row.node, context),
                )


def _arguments(row: Row) -> object:
    """Of the layer, or of the one that ACT(name) stands for."""
    return function_of(row).arguments
