"""SHP006: a character that looks like another one, or like none."""

from shapecalc.rules.rule import Rule


class ConfusableCharacter(Rule):
    """A character is not the one that it looks like, or cannot be seen at all.

    Why: Text that is copied from web pages and slides brings full-width brackets, typographic quotes and spaces
    without a width. They look right and mean nothing here.

    Instead: write the plain character that the help names. The fix does it.
    """

    bad = ("INPUT(8x8x3) => CO\u200bNV(4) => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(4) => FC(10)",)
