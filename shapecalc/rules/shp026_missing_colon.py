"""SHP026: a volume that claims a result without a colon in front."""

from shapecalc.rules.rule import Rule


class MissingColon(Rule):
    """A volume follows a layer or a group without a colon.

    Why: What a layer gives is claimed after a colon, and then compared with what is computed. In brackets it
    could be an argument.

    Instead: write : and the volume.
    """

    bad = ("INPUT(8x8x3) => CONV(4) (8x8x4) => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(4): 8x8x4 => FC(10)",)
