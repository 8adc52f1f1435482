"""SHP122: a call that can be read in two ways, with other figures."""

from __future__ import annotations

from shapecalc.rules.rule import Rule


class TwoReadings(Rule):
    """A call means one thing in one framework and another in the next, and the figures differ.

    Why: Conv2d(32, 3) lacks its kernel in PyTorch, and here it would be 32 filters of 3x3; Conv2D(32, 3, 3) is a stride
    of 3 in Keras 3 and a 3x3 kernel in Keras 1. A choice made in silence would be wrong for half of those who write it.

    Instead: write the one that is meant, as the help shows it.
    """

    bad = ("INPUT(8x8x3) => Conv2d(32, 3)", "INPUT(32x32x3) => Conv2D(32, 3, 3)", "INPUT(8x8x3) => CONV(8) => PReLU()")
    good = ("INPUT(8x8x3) => Conv2d(3, 32, 3)", "INPUT(32x32x3) => Conv2D(32, 3)", "INPUT(8x8x3) => CONV(32, 3)")
