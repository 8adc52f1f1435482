"""SHP009: a text without a layer."""

from shapecalc.rules.rule import Rule


class EmptyDiagram(Rule):
    """There is no layer in the text.

    Why: An empty file, definitions alone, or a diagram whose every part is left out describe no network.

    Instead: write a chain, such as INPUT(32x32x3) => CONV(64) => RELU => FC(10).
    """

    bad = ("let n = 3",)
    good = ("let n = 3\nINPUT(8x8x3) => FC(n)",)
