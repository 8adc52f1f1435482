"""SHP416: dropout that is stronger than usual."""

from shapecalc.core.phrases import share_text
from shapecalc.rules.edits import with_argument
from shapecalc.rules.neighbours import kind_of, known
from shapecalc.rules.rule import Context, Diagnostics, Rule

MOST, MOST_IN_MAPS = 0.5, 0.25
"""Shares of values that are dropped."""


class StrongDropout(Rule):
    """A dropout drops more than is usual at its place.

    Why: Half of the values is the most that is usual between FCs (Srivastava et al. 2014); after a pool or a
    convolution 0.10 to 0.25 is, since neighbours have the same information and maps lose whole regions.

    Instead: write a smaller probability.
    """

    severity = "note"
    groups = ("teaching", "training")
    bad = (
        "INPUT(32x32x3) => CONV(8, F=3) => RELU => POOL => DO(0.5) => FC(10)",
        "INPUT(32x32x3) => FC(64) => RELU => DO(0.8) => FC(10)",
    )
    good = ("INPUT(32x32x3) => CONV(8, F=3) => RELU => POOL => DO(0.25) => FC(64) => RELU => DO(0.5) => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        for row in known(context):
            volume = row.output
            share = row.node.layer.arguments.get("p")
            if kind_of(row) != "DO" or not isinstance(share, int | float) or volume is None:
                continue
            most = MOST_IN_MAPS if volume.positions > 1 else MOST
            if share > most:
                where = "of maps with width and height" if volume.positions > 1 else "of single values"
                yield self.report(
                    row.node,
                    f"{row.node.kind} drops {share_text(share)} {where}, "
                    f"and {share_text(most)} is the most that is usual",
                    label=f"expected {most} or less",
                    fixes=with_argument(row.node, "p", str(most), f"write {most}"),
                )
