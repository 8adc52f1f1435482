"""SHP202: windows that leave only padding unread."""

from shapecalc.rules.rule import Context, Diagnostics, Rule
from shapecalc.rules.tiling_text import tiling_diagnostics


class TrimsPadding(Rule):
    """The windows do not tile the padded input, and only padding is left over.

    Why: ResNet's 7x7/2 with a padding of 3 on 224 gives 112.5: the last row and column of padding are not read, and
    every pixel is. Nothing is lost, so it is a note. It is an error with --strict or `rounding: exact`, for those who
    want every quotient to be an integer.

    Instead: leave it as it is, or pad one side less, as in P=(3,2,3,2).
    """

    severity = "note"
    bad = ("INPUT(224x224x3) => CONV(64, F=7, S=2, P=3)",)
    good = ("INPUT(224x224x3) => CONV(64, F=7, S=2, P=(3,2,3,2))", "INPUT(32x32x3) => CONV(8, F=3, P=1)")

    def check(self, context: Context) -> Diagnostics:
        return tiling_diagnostics(self, context)
