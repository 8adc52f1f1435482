"""SHP003: a bracket that is opened and not closed."""

from shapecalc.rules.rule import Rule


class UnclosedBracket(Rule):
    """A bracket is opened and never closed.

    Why: Everything after an open bracket belongs to it, so that the rest of the text is read as arguments, or as a
    part of a group.

    Instead: close it where its part ends. The label points at the bracket that is open.
    """

    bad = ("INPUT(8x8x3) => [CONV(4) => RELU => FC(10)",)
    good = ("INPUT(8x8x3) => [CONV(4) => RELU] => FC(10)",)
