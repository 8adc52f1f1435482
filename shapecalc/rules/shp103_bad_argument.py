"""SHP103: an argument whose value cannot be used."""

from shapecalc.rules.rule import Rule


class BadArgument(Rule):
    """An argument has a value that cannot be used.

    Why: Filters, extents and strides are whole numbers of 1 or more, paddings of 0 or more; modes are one of a few
    words.

    Instead: write a value of the kind that the message names.
    """

    bad = ("INPUT(8x8x3) => CONV(4, F=0)",)
    good = ("INPUT(8x8x3) => CONV(4, F=3)",)
