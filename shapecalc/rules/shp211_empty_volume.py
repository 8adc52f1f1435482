"""SHP211: layers that leave nothing of their input."""

from shapecalc.rules.rule import Rule


class EmptyVolume(Rule):
    """Nothing is left of the input.

    Why: A crop takes more than there is, or a factor makes a size 0.

    Instead: take less, or begin with a larger input.
    """

    bad = ("INPUT(8x8x6) => CROP(4)",)
    good = ("INPUT(8x8x6) => CROP(2)",)
