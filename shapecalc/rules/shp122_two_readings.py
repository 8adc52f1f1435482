"""SHP122: a call that can be read in two ways, with other figures."""

from __future__ import annotations

from shapecalc.rules.rule import Context, Diagnostics, Rule

LARGEST_FACTOR = 8
"""No published network enlarges more at once."""


class TwoReadings(Rule):
    """A call or an argument can be read in two ways, as by one framework and by the next, and the figures differ.

    Why: Conv2d(32, 3) lacks its kernel in PyTorch, and here it would be 32 filters of 3x3; Conv2D(32, 3, 3) is a stride
    of 3 in Keras 3 and a 3x3 kernel in Keras 1; FC(128 > 64) is a comparison, and may be meant as an arrow. A choice
    made in silence would be wrong for half of those who write it.

    Instead: write the one that is meant, as the help shows it.
    """

    bad = (
        "INPUT(8x8x3) => Conv2d(32, 3)",
        "INPUT(32x32x3) => Conv2D(32, 3, 3)",
        "INPUT(8x8x3) => CONV(8) => PReLU()",
        "INPUT(10x10x8) => Upsample(2)",
        "INPUT(1x1x128) => FC(128 > 64)",
    )
    good = ("INPUT(8x8x3) => Conv2d(3, 32, 3)", "INPUT(32x32x3) => Conv2D(32, 3)", "INPUT(8x8x3) => CONV(32, 3)")

    def check(self, context: Context) -> Diagnostics:
        """PyTorch's Upsample(2) gives 2x2: nobody enlarges what arrives to something smaller."""
        for row in context.rows:
            call, arrives, gives = row.node.call, row.inputs[0] if row.inputs else None, row.output
            if call is None or "UPSAMPL" not in call.written.upper() or row.node.kind != "RESIZE":
                continue
            if arrives is None or gives is None or max(gives.spatial) >= min(arrives.spatial):
                continue
            factor = gives.spatial[0]
            if len(set(gives.spatial)) > 1 or factor > LARGEST_FACTOR:
                continue
            yield self.report(
                row.node,
                f"{call.written} to {factor} makes {arrives} smaller",
                label="a size, or a factor?",
                help=(
                    f"write scale_factor={factor}, or UPSAMPLE({factor}), for a factor",
                    f"write RESIZE({factor}) for a size",
                ),
            )
