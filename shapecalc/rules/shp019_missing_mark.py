"""SHP019: a sign that the language needs and that was left out."""

from __future__ import annotations

from shapecalc.rules.rule import Rule


class MissingMark(Rule):
    """A bracket, an equals sign or a word that the language needs was left out.

    Why: Arguments are written in ( ), values come after =, and values that are named begin with let.

    Instead: write what the help says.
    """

    bad = ("INPUT(8x8x3) => CONV 64 3x3 => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(64, 3x3) => FC(10)",)
