"""SHP428: hidden FCs with more outputs than inputs."""

from shapecalc.rules.edits import with_argument
from shapecalc.rules.neighbours import TRANSPARENT, after, is_connected, sized
from shapecalc.rules.rule import Context, Diagnostics, Rule


class FcWiderThanInput(Rule):
    """A hidden FC has more outputs than inputs.

    Why: It spreads what it reads over more values, with more weights than any layer that only combines it. FCs at
    the end of a classifier normally become narrower step by step.

    Instead: write as many outputs as inputs at most. Decoders begin with a wide FC on purpose.
    """

    severity = "note"
    groups = ("teaching",)
    bad = ("INPUT(32x32x3) => GAP => FC(64) => RELU => FC(10)",)
    good = ("INPUT(32x32x64) => GAP => FC(64) => RELU => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        for row, volume, output in sized(context, is_connected):
            reader = after(context, row, TRANSPARENT | {"RELU", "BN", "TANH", "SIGMOID"})
            if reader is not None and is_connected(reader) and output.size > volume.size:
                yield self.report(
                    row.node,
                    f"{row.node.text} makes {output.size:,} values from {volume.size:,}",
                    label=f"{row.params or 0:,} parameters",
                    help=(f"write {row.node.kind}({volume.size}) or less",),
                    fixes=with_argument(row.node, "K", str(volume.size), f"write {volume.size}"),
                )
