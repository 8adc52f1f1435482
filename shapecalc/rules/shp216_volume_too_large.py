"""SHP216: sizes that no machine has."""

from shapecalc.rules.rule import Rule


class VolumeTooLarge(Rule):
    """An axis or the depth of a volume is longer than 10^30.

    Why: each layer may be written as it was meant, and a repeat makes a size twice as large thousands of times: figures
    of hundreds of digits say nothing.

    Instead: repeat the part less often, or upsample by less.
    """

    bad = ("INPUT(8x8x3) => [CONCAT[ RELU | SIGMOID ]]*100",)
    good = ("INPUT(8x8x3) => [CONCAT[ RELU | SIGMOID ]]*10",)
