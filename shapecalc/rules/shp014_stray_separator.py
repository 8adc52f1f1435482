"""SHP014: a bar, a comma or a full stop that separates nothing."""

from shapecalc.rules.rule import Rule


class StraySeparator(Rule):
    """A bar, a comma, a semicolon or a full stop separates nothing.

    Why: `|` separates branches, and only inside of [ ] after ADD, CONCAT or MUL; a comma separates arguments and
    claims. Statements need nothing between them but a new line.

    Instead: remove it, write => for layers that follow each other, or ADD[ a | b ] for branches.
    """

    bad = ("INPUT(8x8x3) => CONV(4) | FC(10)",)
    good = ("INPUT(8x8x3) => CONV(4) => FC(10)", "INPUT(8x8x3) => ADD[ CONV(3) | ] => FC(10)")
