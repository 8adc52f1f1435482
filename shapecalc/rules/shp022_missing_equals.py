"""SHP022: an equals sign that was left out, or another sign in its place."""

from shapecalc.rules.rule import Rule


class MissingEquals(Rule):
    """The sign between a name and its value is missing, or is another one.

    Why: A value comes after = in definitions, blocks and arguments: `let n = 3`, `block b(c) = CONV(c)`,
    `CONV(K=64)`.

    Instead: write =. The fix does it.
    """

    bad = ("let n: 3\nINPUT(8x8x3) => FC(n)",)
    good = ("let n = 3\nINPUT(8x8x3) => FC(n)",)
