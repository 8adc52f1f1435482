"""SHP435: transposed convolutions that write some positions more often than others."""

from shapecalc.core.parameters import Sizes
from shapecalc.rules.neighbours import multiplies, sized
from shapecalc.rules.rule import Context, Diagnostics, Rule


class Checkerboard(Rule):
    """The extent of UPCONV is no multiple of its stride.

    Why: Positions of the output are then written by different numbers of windows, and images get a pattern like a
    checkerboard (Odena, Dumoulin and Olah 2016, "Deconvolution and Checkerboard Artifacts", Distill).

    Instead: write an extent that is a multiple of the stride, such as F=4, S=2, P=1, or UPSAMPLE(2) => CONV.
    """

    severity = "warning"
    groups = ("training",)
    bad = ("INPUT(8x8x16) => UPCONV(8, F=3, S=2, P=1, output_padding=1)",)
    good = ("INPUT(8x8x16) => UPCONV(8, F=4, S=2, P=1)", "INPUT(8x8x16) => UPSAMPLE(2) => CONV(8, F=3, P=1)")

    def check(self, context: Context) -> Diagnostics:
        for row, volume, _ in sized(context, multiplies):
            layer = row.node.layer
            if row.windows or layer.is_global:
                continue
            extents, strides = (layer.arguments.get(field) for field in ("extent", "stride"))
            if not isinstance(extents, Sizes) or not isinstance(strides, Sizes):
                continue
            rank = len(volume.spatial)
            for extent, stride in zip(extents.over(rank), strides.over(rank), strict=True):
                if stride > 1 and extent % stride:
                    yield self.report(
                        row.node,
                        f"{row.node.kind} with F={extent} and S={stride} writes {extent // stride} or "
                        f"{extent // stride + 1} windows to a position",
                        label=f"{extent} is not a multiple of {stride}",
                        help=(f"write F={-(-extent // stride) * stride}, or UPSAMPLE({stride}) => CONV",),
                    )
                    break
