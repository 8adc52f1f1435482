"""SHP117: a key that front matter, a config or a claim does not have."""

from shapecalc.rules.rule import Rule


class UnknownKey(Rule):
    """There is no such key.

    Why: A key that is not understood would be ignored: an expectation with a misspelt name would always be true.

    Instead: write one of the keys that the message names.
    """

    bad = ("---\nsorce: x\n---\nINPUT(8x8x3) => FC(10)", "INPUT(8x8x3) => FC(10): parms=250")
    good = ("---\nsource: x\n---\nINPUT(8x8x3) => FC(10): params=1930",)
