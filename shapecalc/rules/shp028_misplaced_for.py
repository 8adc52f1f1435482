"""SHP028: a for outside of brackets, before what it repeats, or a second one."""

from shapecalc.rules.rule import Rule


class MisplacedFor(Rule):
    """A for is at the wrong place: before what it repeats, outside of brackets, or after another for.

    Why: A group repeats what comes before its for: `[CONV(c) for c in 64, 128]`.

    Instead: put the for at the end of the group.
    """

    bad = ("INPUT(8x8x3) => [for c in 4, 8 CONV(c)] => FC(10)",)
    good = ("INPUT(8x8x3) => [CONV(c) for c in 4, 8] => FC(10)",)
