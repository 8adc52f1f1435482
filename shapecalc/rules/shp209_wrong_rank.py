"""SHP209: sizes for another number of axes."""

from shapecalc.rules.rule import Rule


class WrongRank(Rule):
    """A size has another number of axes than the input.

    Why: The last number of INPUT is the depth: INPUT(28x28) has one axis, and 3x3 is for two.

    Instead: write one number for all axes, or as many as the input has; write the depth of the input.
    """

    bad = ("INPUT(100x6) => CONV(8, F=3x3)",)
    good = ("INPUT(100x6) => CONV(8, F=3)", "INPUT(100x6x1) => CONV(8, F=3x3)")
