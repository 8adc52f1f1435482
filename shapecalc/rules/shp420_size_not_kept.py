"""SHP420: convolutions that shrink their input for lack of padding."""

from shapecalc.core.phrases import size_text
from shapecalc.passes.report import Row
from shapecalc.rules.edits import with_argument
from shapecalc.rules.neighbours import sized, slides
from shapecalc.rules.rule import Context, Diagnostics, Rule


class SizeNotKept(Rule):
    """A convolution with a stride of 1 makes its input smaller.

    Why: Without padding every 3x3 takes two rows and columns away, and what lies at the border is seen by fewer
    windows than what lies in the middle: after ten layers the border is washed out. Course notes pad by (F − 1)/2,
    so that only pools shrink.

    Instead: pad by (F − 1)/2. U-Net (2015) and LeNet do without on purpose.
    """

    severity = "note"
    groups = ("teaching",)
    bad = ("INPUT(32x32x3) => CONV(8, F=3)",)
    good = (
        "INPUT(32x32x3) => CONV(8, F=3, P=1)",
        "INPUT(32x32x3) => CONV(8, F=3, S=2, P=1)",
        "INPUT(32x32x3) => CONV(8, F=32)",
    )

    def check(self, context: Context) -> Diagnostics:
        for row, volume, output in sized(context, slides):
            if output.positions == 1:
                continue
            shrinks = [w for w, a, b in zip(row.windows, volume.spatial, output.spatial, strict=False) if b < a]
            if shrinks and all(w.stride == 1 for w in row.windows) and not is_upwards(row):
                kept = (shrinks[0].effective - 1) // 2
                yield self.report(
                    row.node,
                    f"{row.node.kind} makes {size_text(volume.spatial)} smaller: {size_text(output.spatial)}",
                    label="for lack of padding",
                    help=(f"P={kept} keeps the size",),
                    fixes=with_argument(row.node, "P", str(kept), f"write P={kept}"),
                )


def is_upwards(row: Row) -> bool:
    """Whether the layer is there to make its input larger."""
    return row.node.layer.op_category == "none"
