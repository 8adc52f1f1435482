"""SHP105: an argument that a layer or a block needs."""

from shapecalc.rules.rule import Rule


class MissingArgument(Rule):
    """A layer or a block needs an argument that is not written.

    Why: There is no value that everybody would expect, such as for the size of RESHAPE or the factor of UPSAMPLE.

    Instead: write it. The note shows the arguments in their order.
    """

    bad = ("block b(c) = CONV(c)\nINPUT(8x8x3) => b() => FC(10)",)
    good = ("block b(c=4) = CONV(c)\nINPUT(8x8x3) => b() => FC(10)",)
