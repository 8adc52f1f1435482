"""SHP119: ADD, CONCAT or MUL without branches to join."""

from shapecalc.rules.rule import Rule


class TooFewBranches(Rule):
    """ADD, CONCAT or MUL has no branches to join, or only one.

    Why: They join what several branches give. With one there is nothing to join.

    Instead: write the branches in [ ], separated by |. An empty branch is the identity: ADD[ CONV(64) | ].
    """

    bad = ("INPUT(8x8x3) => ADD => FC(10)", "INPUT(8x8x3) => ADD[ CONV(3) ] => FC(10)")
    good = ("INPUT(8x8x3) => ADD[ CONV(3) | ] => FC(10)",)
