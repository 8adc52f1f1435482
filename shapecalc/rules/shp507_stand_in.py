"""SHP507: a framework's layer that another one stands in for."""

from shapecalc.rules.rule import Rule


class StandIn(Rule):
    """A framework's layer is read as one of ours that has the same sizes and counts, and other values.

    Why: ReflectionPad2d makes its border of the image and PAD of zeros. Every volume, weight and MAC is the same; what
    `verify` runs and `convert` writes is not the same function. ACT with a name that has no formula here counts as a
    function of single values without weights, and `verify` does not run it.

    Instead: nothing, unless the values matter; then keep it in mind, or write another layer.
    """

    severity = "note"
    bad = (
        "INPUT(8x8x3) => ReflectionPad2d(1) => CONV(4, 3)",
        "INPUT(1x1x8) => FC(10) => LogSoftmax(dim=1)",
        "INPUT(8x8x3) => ACT(celu)",
    )
    good = ("INPUT(8x8x3) => ZeroPad2d(1) => CONV(4, 3)",)
