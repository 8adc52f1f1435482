"""SHP118: a value of a key that cannot be used."""

from shapecalc.rules.rule import Rule


class BadValue(Rule):
    """A setting, a claim or an item of a config has a value that cannot be used.

    Why: A size, a figure, a name or a list was expected.

    Instead: write what the label expects, such as 224x224x3 or 61M.
    """

    bad = ("---\ninput: abc\n---\nCONV(64) => FC(10)",)
    good = ("---\ninput: 8x8x3\n---\nCONV(64) => FC(10)",)
