"""SHP021: two values, arguments or claims without a comma between them."""

from shapecalc.rules.rule import Rule


class MissingComma(Rule):
    """Two arguments, claims or values of a for are not separated by a comma.

    Why: Values side by side could be one or two: `64 3` is no number, and `;` separates nothing here.

    Instead: write a comma between them. The fix does it.
    """

    bad = ("INPUT(8x8x3) => CONV(64 3) => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(64, 3) => FC(10)",)
