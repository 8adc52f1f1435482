"""SHP108: a fraction where a whole number is needed."""

from shapecalc.rules.rule import Rule


class NotAnInteger(Rule):
    """A value is not a whole number, and only a whole number can be used.

    Why: `/` divides exactly, so that 5/2 is 2.5 and not 2: a count of filters that was rounded without a word would
    be another network.

    Instead: use // to round down, or values that divide.
    """

    bad = ("let c = 5\nINPUT(8x8x3) => CONV(c/2)",)
    good = ("let c = 5\nINPUT(8x8x3) => CONV(c//2)",)
