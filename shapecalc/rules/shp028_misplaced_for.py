"""SHP028: a for outside of brackets, in front of what it repeats, or a second one."""

from __future__ import annotations

from shapecalc.rules.rule import Rule


class MisplacedFor(Rule):
    """A for stands where none may: in front of what it repeats, outside of brackets, or after another.

    Why: A group repeats what stands in front of its for: `[CONV(c) for c in 64, 128]`.

    Instead: put the for at the end of the group.
    """

    bad = ("INPUT(8x8x3) => [for c in 4, 8 CONV(c)] => FC(10)",)
    good = ("INPUT(8x8x3) => [CONV(c) for c in 4, 8] => FC(10)",)
