"""SHP027: a name that comes before its layer."""

from shapecalc.rules.rule import Rule


class NameBeforeLayer(Rule):
    """A name is written before its layer.

    Why: A colon follows a layer and begins a claim. A name comes after its layer, with `as`.

    Instead: write the layer, then as and its name. The fix does it.
    """

    bad = ("INPUT(8x8x3) => c1: CONV(4) => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(4) as c1 => FC(10)",)
