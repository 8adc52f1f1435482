"""SHP107: a name that has no value here."""

from shapecalc.rules.rule import Example, Rule


class UnknownName(Rule):
    """A name is used before its value is known, or a value is given to a name that does not exist.

    Why: Values are read from above to below. A name with a range or a value from --set that nothing uses is most
    likely misspelt.

    Instead: write `let` above its first use, or correct the name.
    """

    bad = (
        "let a = b\nlet b = 2\nINPUT(8x8x3) => FC(a)",
        Example("INPUT(8x8x3) => FC(n)", ("--set", "n=3", "--set", "m=2")),
    )
    good = ("let b = 2\nlet a = b\nINPUT(8x8x3) => FC(a)", Example("INPUT(8x8x3) => FC(n)", ("--set", "n=3")))
