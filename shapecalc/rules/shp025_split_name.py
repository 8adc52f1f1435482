"""SHP025: the name of a layer in several words."""

from shapecalc.rules.rule import Rule


class SplitName(Rule):
    """The name of one layer is written in several words.

    Why: Words side by side are layers side by side: `MAX POOL` would be two, and an arrow would be missing.

    Instead: write the name in one word.
    """

    bad = ("INPUT(8x8x3) => CONV(4) => MAX POOL => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(4) => MAXPOOL => FC(10)",)
