"""SHP419: filters of an even extent."""

from shapecalc.rules.neighbours import sized, slides
from shapecalc.rules.rule import Context, Diagnostics, Rule


class EvenFilter(Rule):
    """A convolution with a stride of 1 has a filter of an even extent.

    Why: An even filter has no position in its middle: no padding that is alike on both sides keeps the size, and
    with `same` every layer shifts the picture by half a position.

    Instead: write an odd extent, 3 or 5.
    """

    severity = "note"
    groups = ("teaching",)
    bad = ("INPUT(32x32x3) => CONV(8, F=4, P=same)",)
    good = ("INPUT(32x32x3) => CONV(8, F=3, P=1)", "INPUT(32x32x3) => CONV(8, F=4, S=4)")

    def check(self, context: Context) -> Diagnostics:
        for row, _, output in sized(context, slides):
            even = [w.extent for w in row.windows if w.extent % 2 == 0 and w.stride == 1]
            if even and output.positions > 1:
                yield self.report(
                    row.node,
                    f"the filter of {row.node.kind} is {even[0]} wide, an even number",
                    label="no position in the middle",
                    help=(f"write F={even[0] + 1} or F={max(1, even[0] - 1)}",),
                )
