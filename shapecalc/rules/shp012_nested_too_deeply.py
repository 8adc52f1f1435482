"""SHP012: brackets, blocks or YAML that nest too deeply."""

from shapecalc.rules.rule import Rule


class NestedTooDeeply(Rule):
    """Brackets, blocks or YAML nest more deeply than any network needs.

    Why: Reading goes one step deeper for every bracket, and a text of brackets alone would exhaust the stack.

    Instead: close a bracket, or give the inner part a name with `block`.
    """

    bad = ("INPUT(8x8x3) => " + "[" * 150 + "CONV(4)" + "]" * 150,)
    good = ("INPUT(8x8x3) => [[[CONV(4)]]]",)
