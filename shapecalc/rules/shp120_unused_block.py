"""SHP120: a block that nothing uses."""

from shapecalc.rules.rule import Rule


class UnusedBlock(Rule):
    """A block is defined and never used.

    Why: Its body is not checked: which volume arrives there is not known. It is often a block whose name is
    misspelt where it is used.

    Instead: use it like a layer, or remove it.
    """

    severity = "warning"
    bad = ("block b(c) = CONV(c)\nINPUT(8x8x3) => FC(10)",)
    good = ("block b(c) = CONV(c)\nINPUT(8x8x3) => b(4) => FC(10)",)
