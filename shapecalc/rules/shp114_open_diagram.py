"""SHP114: names that have no value yet."""

from shapecalc.rules.rule import Example, Rule


class OpenDiagram(Rule):
    """Names in the diagram have no value, so that it describes a family of networks.

    Why: `check` computes the figures of one network. Optional parts (`POOL?`) are kept unless --without is given.

    Instead: give values with --set N=2, or write `let N = 2` above.
    """

    bad = ("INPUT(8x8x3) => [CONV(4)]*N => FC(10)",)
    good = (
        "let N = 2\nINPUT(8x8x3) => [CONV(4)]*N => FC(10)",
        Example("INPUT(8x8x3) => [CONV(4)]*N => FC(10)", ("--set", "N=2")),
    )
