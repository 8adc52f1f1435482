"""SHP023: let, block, for or in, which was left out or written as in another language."""

from shapecalc.rules.rule import Rule


class MissingKeyword(Rule):
    """A word of the language is missing: let, block, for or in.

    Why: The words say what a line is: without `let`, `n = 3` could be a layer with something missing.

    Instead: write the word that the help names.
    """

    bad = ("n = 3\nINPUT(8x8x3) => FC(n)",)
    good = ("let n = 3\nINPUT(8x8x3) => FC(n)",)
