"""SHP101: a name that is neither a layer nor a block."""

from shapecalc.rules.rule import Rule


class UnknownLayer(Rule):
    """There is no layer and no block of this name.

    Why: Layers have one name and the aliases of the frameworks: CONV is also CONV2D, FC is also DENSE and LINEAR. A
    layer without a meaning has no volume, and nothing after it can be computed.

    Instead: write the name that the message suggests, or define the block above.
    """

    bad = ("INPUT(8x8x3) => CONVV(4) => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(4) => FC(10)",)
