"""SHP210: layers that need width and height after an FC."""

from shapecalc.rules.rule import Rule


class WindowOnFlatVolume(Rule):
    """A layer that works on width and height comes after FC or FLATTEN.

    Why: Nothing is left to slide over: FC and FLATTEN give one position. Frameworks refuse it or broadcast without
    a word.

    Instead: move the layer before the FC, or give the values a shape again with RESHAPE(WxHxD).
    """

    bad = ("INPUT(8x8x6) => FC(100) => CONV(8, F=3)",)
    good = ("INPUT(8x8x6) => FC(100) => RESHAPE(5x5x4) => CONV(8, F=3)",)
