"""SHP216: sizes that no machine has."""

from shapecalc.rules.rule import Rule


class VolumeTooLarge(Rule):
    """An axis or the depth of a volume is longer than 10^12.

    Why: each layer may be written as it was meant, and a repeat makes a size twice as large dozens of times. No machine
    holds 4 TB along one axis.

    Instead: repeat the part less often, or upsample by less.
    """

    bad = ("INPUT(8x8x3) => [CONCAT[ RELU | SIGMOID ]]*60",)
    good = ("INPUT(8x8x3) => [CONCAT[ RELU | SIGMOID ]]*10",)
