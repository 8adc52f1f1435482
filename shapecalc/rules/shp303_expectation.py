"""SHP303: an expected total that the network does not have."""

from shapecalc.rules.rule import Rule


class Expectation(Rule):
    """The network as a whole is expected to have another figure than it has.

    Why: `expect:` states what was published, or a budget. A figure without a suffix is exact; one that is rounded,
    such as 61M, is true within one unit of its last digit or 1 %.

    Instead: correct the expectation, or the network. A bound is written "<= 5M".
    """

    bad = ("---\nexpect: {params: 2M}\n---\nINPUT(8x8x3) => FC(10)",)
    good = ('---\nexpect: {params: "<= 2K"}\n---\nINPUT(8x8x3) => FC(10)',)
