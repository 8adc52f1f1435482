"""SHP113: blocks that contain themselves."""

from shapecalc.rules.rule import Rule


class BlockCycle(Rule):
    """A block contains itself, directly or through others.

    Why: It would never end: there is no recursion in the language.

    Instead: repeat the block with *N, or pass what differs as an argument.
    """

    bad = ("block b = CONV(4) => b\nINPUT(8x8x3) => b",)
    good = ("block b = CONV(4)\nINPUT(8x8x3) => [b]*3",)
