"""SHP109: a diagram with more layers than it may have."""

from shapecalc.rules.rule import Example, Rule


class TooManyLayers(Rule):
    """The diagram has more layers than it may have.

    Why: A few repeats inside each other are a million layers. A limit keeps a slip from filling the memory.

    Instead: check the counts, or allow more with --max-layers.
    """

    bad = (Example("INPUT(8x8x3) => [CONV(4)]*100", ("--max-layers", "10")),)
    good = (Example("INPUT(8x8x3) => [CONV(4)]*5", ("--max-layers", "10")),)
