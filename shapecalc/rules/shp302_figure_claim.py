"""SHP302: a claimed figure that a layer does not have."""

from shapecalc.rules.rule import Rule


class FigureClaim(Rule):
    """A layer is claimed to have another number of parameters, MACs or values than it has.

    Why: Biases are the usual cause: `weights` counts without them, `params` with them.

    Instead: correct the claim; the note shows the product.
    """

    bad = ("INPUT(8x8x3) => CONV(4, F=3): params=108",)
    good = ("INPUT(8x8x3) => CONV(4, F=3): weights=108, params=112",)
