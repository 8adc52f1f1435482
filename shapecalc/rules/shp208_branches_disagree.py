"""SHP208: branches whose volumes do not join."""

from shapecalc.rules.rule import Rule


class BranchesDisagree(Rule):
    """Branches give volumes that cannot be joined.

    Why: ADD and MUL need the same width, height and depth (1x1 spreads over the others), CONCAT the same width and
    height. A branch with a stride, a padding or a depth of its own is the usual cause.

    Instead: give the other branch the same stride and padding; a 1x1 CONV changes the depth: ADD[ … | CONV(64, F=1,
    S=2) ].
    """

    bad = ("INPUT(8x8x6) => ADD[ CONV(8, F=3, P=1) | ]",)
    good = ("INPUT(8x8x6) => ADD[ CONV(8, F=3, P=1) | CONV(8, F=1) ]",)
