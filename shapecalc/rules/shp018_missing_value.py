"""SHP018: a definition, an argument or a claim without a value."""

from shapecalc.rules.rule import Rule


class MissingValue(Rule):
    """A value is missing after = or in a claim.

    Why: A name without a value cannot be used, and a claim without a figure cannot be compared.

    Instead: write the value, or remove the name.
    """

    bad = ("let n =\nINPUT(8x8x3) => FC(10)",)
    good = ("let n = 3\nINPUT(8x8x3) => FC(n)",)
