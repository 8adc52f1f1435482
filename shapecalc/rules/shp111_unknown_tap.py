"""SHP111: a tap on a point that has no such name."""

from shapecalc.rules.rule import Rule


class UnknownTap(Rule):
    """No point before this place has the name after @.

    Why: `@c3` reads what a layer gave that was named with `as c3` above. Names inside of a block are not seen
    outside.

    Instead: name the point with `as`, or correct the name.
    """

    bad = ("INPUT(8x8x3) => CONV(4) as a => RELU\n@b => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(4) as a => RELU\n@a => FC(10)",)
