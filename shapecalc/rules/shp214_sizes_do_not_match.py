"""SHP214: shapes and slices that do not match their input."""

from __future__ import annotations

from shapecalc.rules.rule import Rule


class SizesDoNotMatch(Rule):
    """A RESHAPE or SLICE asks for other values than its input has.

    Why: RESHAPE keeps every value, so that the sizes must multiply to the same number; SLICE takes channels that
    exist.

    Instead: write sizes that multiply to the number in the label, or channels between 0 and the depth.
    """

    bad = (
        "INPUT(8x8x6) => FC(100) => RESHAPE(5x5x8)",
        "INPUT(8x8x6) => SLICE(2, 9)",
    )
    good = ("INPUT(8x8x6) => FC(100) => RESHAPE(5x5x4)",)
