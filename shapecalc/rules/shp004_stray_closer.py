"""SHP004: a closing bracket that closes nothing, or another kind."""

from shapecalc.rules.rule import Rule


class StrayCloser(Rule):
    """A closing bracket closes nothing, or a bracket of another kind.

    Why: Brackets come in pairs: ( ) around arguments, [ ] around groups and branches.

    Instead: remove it, or open a bracket of its kind where the part begins.
    """

    bad = ("INPUT(8x8x3) => CONV(4)) => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(4) => FC(10)",)
