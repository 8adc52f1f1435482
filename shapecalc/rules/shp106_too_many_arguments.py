"""SHP106: more arguments than a layer or a block takes."""

from shapecalc.rules.rule import Rule


class TooManyArguments(Rule):
    """There are more arguments than the layer or the block takes.

    Why: Arguments without a name are counted in the order of the signature, and these are beyond its end.

    Instead: remove them, or write names: CONV(64, F=3, S=1, P=1).
    """

    bad = ("INPUT(8x8x3) => FC(10, true, 3)",)
    good = ("INPUT(8x8x3) => FC(10)",)
