"""SHP441: images that are small before the second convolution looks at them."""

from shapecalc.core.phrases import size_text
from shapecalc.rules.neighbours import looking_around
from shapecalc.rules.rule import Context, Diagnostics, Rule

FAST = 8
"""How many times smaller per axis the map of the second convolution is."""
SMALLEST = 64
"""Inputs below are small themselves."""


class FastDownsampling(Rule):
    """The image is an eighth of its size, or less, before the second convolution.

    Why: One layer alone decides then what is kept of 64 pixels. Zeiler and Fergus 2013 ("Visualizing and
    Understanding Convolutional Networks", section 4.1) found aliasing and dead filters behind AlexNet's first stride
    of 4, and did better with 7x7 and a stride of 2. ResNet has a quarter of the size there.

    Instead: write a stride of 2 in the first convolution, and pool later.
    """

    severity = "note"
    preview = True
    groups = ("training",)
    bad = ("INPUT(224x224x3) => CONV(64, F=8, S=4) => RELU => POOL => CONV(64, F=3, P=1) => RELU => GAP => FC(10)",)
    good = ("INPUT(224x224x3) => CONV(64, F=7, S=2, P=3) => RELU => POOL => CONV(64, F=3, P=1) => GAP => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        start = context.rows[0].output if context.rows and not context.rows[0].node.inputs else None
        sliding = looking_around(context)
        if start is None or not start.spatial or min(start.spatial) < SMALLEST or len(sliding) < 2:
            return
        second, volume = sliding[1], sliding[1].inputs[0]
        if volume is None or volume.positions == 1 or len(volume.spatial) != len(start.spatial):
            return
        if all(FAST * now <= then + FAST for now, then in zip(volume.spatial, start.spatial, strict=True)):
            yield self.report(
                second.node,
                f"{second.node.name} is the second convolution, and the {size_text(start.spatial)} image is "
                f"{size_text(volume.spatial)} already",
                label=f"one position stands for {start.positions // volume.positions} pixels",
                help=(f"write strides of 2 at most before {second.node.name}, and pool after it",),
            )
