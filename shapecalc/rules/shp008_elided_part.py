"""SHP008: dots that leave a part of the network out."""

from shapecalc.rules.rule import Rule


class ElidedPart(Rule):
    """Dots leave a part of the network out.

    Why: Which volume arrives after the part that is left out depends on its layers, so that nothing can be computed
    after it.

    Instead: write the layers that belong there, or remove the dots to check the fragment as it is.
    """

    bad = ("INPUT(8x8x3) => CONV(4) => ... => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(4) => FC(10)",)
