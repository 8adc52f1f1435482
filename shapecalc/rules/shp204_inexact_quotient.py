"""SHP204: quotients that are no integers, where only integers are allowed."""

from shapecalc.rules.rule import Context, Diagnostics, Example, Rule
from shapecalc.rules.tiling_text import tiling_diagnostics


class InexactQuotient(Rule):
    """A quotient is not an integer, although every position is read, and --strict or `rounding: exact` is given.

    Why: with ceil=true the last window goes beyond the end of the input, and the strides of `rounding: exact` may not
    leave gaps at the end. Both are right in most frameworks, and not in those that refuse to round.

    Instead: choose a size of the input for which the quotient is an integer, or leave out `rounding: exact`.
    """

    bad = (
        Example("INPUT(13x13x8) => POOL(2, ceil=true)", ("--strict",)),
        "---\nrounding: exact\n---\nINPUT(8x8x4) => CONV(8, F=1, S=2)",
    )
    good = (
        Example("INPUT(12x12x8) => POOL(2, ceil=true)", ("--strict",)),
        "---\nrounding: exact\n---\nINPUT(9x9x4) => CONV(8, F=1, S=2)",
        "INPUT(13x13x8) => POOL(2, ceil=true)",
    )

    def check(self, context: Context) -> Diagnostics:
        return tiling_diagnostics(self, context)
