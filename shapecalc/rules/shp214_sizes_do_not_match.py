"""SHP214: shapes, slices and orders that do not match their input."""

from shapecalc.rules.rule import Rule


class SizesDoNotMatch(Rule):
    """A RESHAPE, SLICE, SHUFFLE or LEARNED asks for other values than its input has.

    Why: RESHAPE keeps every value, so that the sizes must multiply to the same number; SLICE takes channels that
    exist, and SHUFFLE(order=…) every channel once.

    Instead: write sizes that multiply to the number in the label, channels between 0 and the depth, or an order of
    all channels from 0.
    """

    bad = (
        "INPUT(8x8x6) => FC(100) => RESHAPE(5x5x8)",
        "INPUT(8x8x6) => SLICE(2, 9)",
        "INPUT(8x8x3) => SHUFFLE(order=(2,2,0))",
    )
    good = ("INPUT(8x8x6) => FC(100) => RESHAPE(5x5x4)",)
