"""SHP116: an expression that has no value."""

from shapecalc.rules.rule import Rule


class BadExpression(Rule):
    """An expression has no value: it divides by zero, runs backwards, or is larger than any size.

    Why: Expressions are computed exactly, with limits that no network reaches.

    Instead: correct the numbers that the message shows.
    """

    bad = ("let n = 1/0\nINPUT(8x8x3) => FC(n)", "INPUT(8x8x3) => [CONV(4) for i in 3..0]")
    good = ("let n = 4/2\nINPUT(8x8x3) => FC(n)",)
