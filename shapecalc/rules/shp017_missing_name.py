"""SHP017: a definition, a tap or a loop without a name."""

from shapecalc.rules.rule import Rule


class MissingName(Rule):
    """A name is missing after let, block, as, for or @.

    Why: These words give a name to something, or look one up.

    Instead: write the name: `let N = 3`, `block b(c) = CONV(c)`, `CONV as c3`, `@c3`.
    """

    bad = ("let = 3\nINPUT(8x8x3) => FC(10)",)
    good = ("let n = 3\nINPUT(8x8x3) => FC(n)",)
