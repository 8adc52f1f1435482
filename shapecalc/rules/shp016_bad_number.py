"""SHP016: a number or a size that is not written as one."""

from shapecalc.rules.rule import Rule


class BadNumber(Rule):
    """A number or a size is not written as one.

    Why: Sizes are written width x height x depth, with x between the numbers. Numbers are decimal, without units
    and with no spaces inside.

    Instead: write it as the help says, such as 32x32x3.
    """

    bad = ("INPUT [32,32,3] => FC(10)",)
    good = ("INPUT(32x32x3) => FC(10)",)
