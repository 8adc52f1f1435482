"""SHP301: a claimed volume that a layer does not give."""

from shapecalc.rules.rule import Rule


class VolumeClaim(Rule):
    """A layer is claimed to give another volume than it gives.

    Why: A claim is what the author believes. One that fails is the first place where the network on paper and the
    network that is built differ.

    Instead: correct the claim, or the sizes above it: the notes show how the volume comes about.
    """

    bad = ("INPUT(8x8x3) => CONV(4, F=3): 8x8x4",)
    good = ("INPUT(8x8x3) => CONV(4, F=3, P=1): 8x8x4",)
