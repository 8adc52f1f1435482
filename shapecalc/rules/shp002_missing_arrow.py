"""SHP002: two layers without an arrow between them."""

from shapecalc.rules.rule import Rule


class MissingArrow(Rule):
    """Two layers follow each other without an arrow.

    Why: An arrow says that what one layer gives is what the next one reads. Without it, it is not known whether two
    layers or one with a longer name are meant.

    Instead: write => between them; ->, → and ' - ' are arrows too. The fix does it.
    """

    bad = ("INPUT(8x8x3) => CONV(4) RELU => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(4) => RELU => FC(10)",)
