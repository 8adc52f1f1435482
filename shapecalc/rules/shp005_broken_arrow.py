"""SHP005: signs that are meant as an arrow and are none."""

from shapecalc.rules.rule import Rule


class BrokenArrow(Rule):
    """Something looks like an arrow and is none, or points backwards.

    Why: Arrows are =>, ->, → and what else people draw for them, and a dash between layers, in the direction in which
    data flows. A single = or a semicolon could mean something else.

    Instead: write =>, and the layers in the order in which data flows through them.
    """

    bad = ("INPUT(8x8x3) = CONV(4) = FC(10)",)
    good = ("INPUT(8x8x3) => CONV(4) => FC(10)", "INPUT(8x8x3) → CONV(4) -> FC(10)")
