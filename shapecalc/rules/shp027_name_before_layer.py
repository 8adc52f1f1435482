"""SHP027: a name that stands in front of its layer."""

from __future__ import annotations

from shapecalc.rules.rule import Rule


class NameBeforeLayer(Rule):
    """A name is given to a layer in front of it.

    Why: What stands in front of a colon is a layer, and after it a claim. A name follows its layer after `as`.

    Instead: write the layer, then as and its name. The fix does it.
    """

    bad = ("INPUT(8x8x3) => c1: CONV(4) => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(4) as c1 => FC(10)",)
