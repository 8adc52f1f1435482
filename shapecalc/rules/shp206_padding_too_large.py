"""SHP206: padding as wide as its window."""

from shapecalc.rules.rule import Rule


class PaddingTooLarge(Rule):
    """A pool is padded by as much as its window is wide, or more.

    Why: A window would cover only padding. Every framework refuses it.

    Instead: pad by less than F; F // 2 keeps the size at a stride of 1 for odd F.
    """

    bad = ("INPUT(8x8x3) => POOL(2, S=2, P=2)",)
    good = ("INPUT(8x8x3) => POOL(3, S=1, P=1)",)
