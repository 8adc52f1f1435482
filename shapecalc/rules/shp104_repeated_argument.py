"""SHP104: an argument that is given twice."""

from shapecalc.rules.rule import Rule


class RepeatedArgument(Rule):
    """An argument is given twice.

    Why: Only one of the values can be meant. Arguments without a name count too: in CONV(64, 3, K=32) the 64 is K.

    Instead: keep one of the two.
    """

    bad = ("INPUT(8x8x3) => CONV(4, 3, K=8)",)
    good = ("INPUT(8x8x3) => CONV(4, F=3)",)
