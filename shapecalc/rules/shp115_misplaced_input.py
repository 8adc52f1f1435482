"""SHP115: an INPUT in the middle of a chain."""

from shapecalc.rules.rule import Rule


class MisplacedInput(Rule):
    """INPUT comes after another layer.

    Why: INPUT reads nothing: what the layer before it gives would be lost.

    Instead: begin a new chain or a branch with it: several inputs are joined with CONCAT[ … | INPUT(…) ].
    """

    bad = ("INPUT(8x8x3) => CONV(4) => INPUT(8x8x3) => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(4) => CONCAT[ | INPUT(8x8x3) ] => FC(10)",)
