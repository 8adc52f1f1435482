"""SHP431: channels that do not fill the units of the hardware."""

from shapecalc.core.phrases import share_text
from shapecalc.rules.edits import with_argument
from shapecalc.rules.neighbours import TRANSPARENT, after, known, multiplies, sized
from shapecalc.rules.rule import Context, Diagnostics, Rule

STEP = 8
"""Channels that are multiplied at once."""


class ChannelsNotAMultipleOf8(Rule):
    """A convolution or FC has a number of channels that is no multiple of 8.

    Why: Tensor cores multiply float16 in pieces of 8 channels (NVIDIA, "Deep Learning Performance Guide": choose
    multiples of 8), and most mobile processors in 4 or 8: what is left over is padded with zeros and computed all
    the same. The last layer, whose outputs are classes, is no case of this.

    Instead: round up to a multiple of 8.
    """

    severity = "warning"
    groups = ("deploy",)
    bad = ("INPUT(32x32x3) => CONV(60, F=3, P=1) => RELU => CONV(64, F=3, P=1) => RELU => FC(10)",)
    good = ("INPUT(32x32x3) => CONV(64, F=3, P=1) => RELU => CONV(64, F=3, P=1) => RELU => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        last = max((row.node.index for row in known(context) if multiplies(row)), default=0)
        for row, _, output in sized(context, multiplies):
            reader = after(context, row, TRANSPARENT | {"BN", "RELU", "SIGMOID", "SOFTMAX"})
            if row.node.index == last or output.depth % STEP == 0 or reader is None or output.depth < STEP:
                continue
            rounded = -(-output.depth // STEP) * STEP
            yield self.report(
                row.node,
                f"{row.node.kind} has {output.depth} channels, which are computed as {rounded}",
                label=f"{share_text(1 - output.depth / rounded)} of the work is padding",
                help=(f"write {rounded}",),
                fixes=with_argument(row.node, "K", str(rounded), f"write {rounded}"),
            )
