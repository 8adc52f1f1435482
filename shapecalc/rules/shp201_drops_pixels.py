"""SHP201: real rows, columns or channels that no window reads."""

from shapecalc.rules.rule import Context, Diagnostics, Example, Rule
from shapecalc.rules.tiling_text import depth_diagnostics, tiling_diagnostics


class DropsPixels(Rule):
    """Some rows, columns or channels of the input are read by no window.

    Why: (W − F + 2P)/S + 1 is how many windows fit along an axis. Where it is not an integer, frameworks round down
    without a word, and the rows and columns after the last window are lost. What follows has other sizes than the ones
    that were meant: AlexNet's paper says 224, and only 227 gives its 55x55 and the 9,216 inputs of its first FC.
    `rounding: floor` in the front matter makes it a warning, for networks that are meant to lose a row. Where the
    layer claims its rounded volume (`POOL(2): 6x6x8` on 13x13x8), its author knows, and it is a note.

    Instead: change the size of the input or the padding as the help of the message says. Every change in it was tried
    on the whole network. Where the last row does not matter, pad the pool or let it round up with ceil=true.
    """

    bad = (
        "INPUT(224x224x3) => CONV(96, F=11, S=4)",
        "INPUT(10x1) => CONV(4, F=3, S=2)",
        "INPUT(8x8x7) => DEPTHPOOL(2)",
    )
    good = (
        "INPUT(227x227x3) => CONV(96, F=11, S=4)",
        "INPUT(11x1) => CONV(4, F=3, S=2)",
        "INPUT(112x112x64) => POOL(3, S=2, P=1)",
        Example("INPUT(13x13x8) => POOL(2, ceil=true)", ("--strict",)),
    )

    def check(self, context: Context) -> Diagnostics:
        yield from tiling_diagnostics(self, context)
        yield from depth_diagnostics(self, context, skips=False)
