"""SHP203: strides that are larger than the window, by design."""

from shapecalc.rules.rule import Context, Diagnostics, Rule
from shapecalc.rules.tiling_text import depth_diagnostics, tiling_diagnostics


class Subsamples(Rule):
    """The stride is larger than the window, so that positions between two windows are not read.

    Why: a 1x1 convolution with a stride of 2 reads one of four positions. ResNet does this in its shortcuts on purpose
    (He et al. 2015), and it costs nothing but information, so it is a note.

    Instead: leave it where it is meant. Where it is not, pool before the 1x1 convolution, as ResNet-D does (He et al.
    2018, "Bag of Tricks"), or write a window as large as the stride.
    """

    severity = "note"
    bad = ("INPUT(56x56x64) => CONV(128, F=1, S=2)", "INPUT(4x4x9) => DEPTHPOOL(F=1, S=2)")
    good = ("INPUT(56x56x64) => AVGPOOL(2) => CONV(128, F=1)",)

    def check(self, context: Context) -> Diagnostics:
        yield from tiling_diagnostics(self, context)
        yield from depth_diagnostics(self, context, skips=True)
