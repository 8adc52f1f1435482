"""SHP207: groups that do not divide the channels or the filters."""

from shapecalc.rules.rule import Rule


class GroupsDoNotDivide(Rule):
    """The groups divide the channels of the input or the filters with a remainder.

    Why: Every group reads as many channels and gives as many filters as any other.

    Instead: choose a number of groups that divides both.
    """

    bad = ("INPUT(8x8x6) => CONV(8, F=3, P=1, groups=4)",)
    good = ("INPUT(8x8x6) => CONV(8, F=3, P=1, groups=2)",)
