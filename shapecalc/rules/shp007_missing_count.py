"""SHP007: a star without a count that can be understood."""

from shapecalc.rules.rule import Rule


class MissingCount(Rule):
    """A part is to be repeated, and how often cannot be understood.

    Why: `*` after a layer or a group is followed by a whole number, a name, or an expression in brackets.

    Instead: write *3, *N with `let N = 3` above, or *(N + 1).
    """

    bad = ("INPUT(8x8x3) => [CONV(4)]* => FC(10)",)
    good = ("INPUT(8x8x3) => [CONV(4)]*2 => FC(10)",)
