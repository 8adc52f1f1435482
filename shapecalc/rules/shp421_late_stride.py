"""SHP421: strided convolutions after the first layer on small inputs."""

from shapecalc.core.phrases import size_text
from shapecalc.rules.neighbours import sized, slides
from shapecalc.rules.rule import Context, Diagnostics, Rule

SMALL = 64
"""Width of an input that is small."""


class LateStride(Rule):
    """A convolution after the first has a stride, on an input of 64 or less.

    Why: Course notes leave downsampling to pools and keep S=1 in convolutions, except for the first of a large
    input: a strided convolution decides by its weights which positions count, and a small map has few to spare.
    ResNet and MobileNet downsample with strides all the same (He et al. 2015), and save work by it.

    Instead: write S=1 and a pool after it, where accuracy on small images matters more than time.
    """

    severity = "note"
    groups = ("teaching",)
    bad = ("INPUT(32x32x3) => CONV(8, F=3, P=1) => RELU => CONV(8, F=3, S=2, P=1)",)
    good = ("INPUT(32x32x3) => CONV(8, F=3, P=1) => RELU => CONV(8, F=3, P=1) => RELU => POOL",)

    def check(self, context: Context) -> Diagnostics:
        first = True
        for row, volume, output in sized(context, slides):
            strided = [w.stride for w in row.windows if w.stride > 1]
            if not first and strided and max(volume.spatial) <= SMALL and output.positions < volume.positions:
                yield self.report(
                    row.node,
                    f"{row.node.kind} moves by {strided[0]} over an input of only {size_text(volume.spatial)}",
                    label=f"{size_text(output.spatial)} are left",
                    help=("write S=1 and POOL after it",),
                )
            first = False
