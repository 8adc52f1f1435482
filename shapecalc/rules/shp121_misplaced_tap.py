"""SHP121: a tap in the middle of a chain."""

from shapecalc.rules.rule import Rule


class MisplacedTap(Rule):
    """A tap comes after a layer.

    Why: `@a` begins a chain or a branch with what was named a. After a layer, what that layer gives would lead
    nowhere.

    Instead: begin a new chain with it, or join both: CONCAT[ | @a ].
    """

    bad = ("INPUT(8x8x3) as a => CONV(3) => @a => FC(10)",)
    good = ("INPUT(8x8x3) as a => CONV(3) => ADD[ | @a ] => FC(10)",)
