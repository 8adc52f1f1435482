"""SHP015: an arrow without a layer on one of its sides."""

from shapecalc.rules.rule import Rule


class MissingLayer(Rule):
    """An arrow has no layer before or after it.

    Why: An arrow connects two layers. One that is left over often means that a line was lost.

    Instead: write the layer, or remove the arrow.
    """

    bad = ("INPUT(8x8x3) => CONV(4) =>",)
    good = ("INPUT(8x8x3) => CONV(4)",)
