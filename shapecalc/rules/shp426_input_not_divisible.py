"""SHP426: inputs that cannot be halved as often as the network does."""

from shapecalc.core.phrases import size_text
from shapecalc.passes.report import Row
from shapecalc.rules.neighbours import known
from shapecalc.rules.rule import Context, Diagnostics, Rule


class InputNotDivisible(Rule):
    """The network halves its input more often than the input can be divided by 2.

    Why: Sizes such as 32, 64, 96, 224, 384 and 512 can be halved several times without a remainder (Stanford's
    CS231n notes). With others a row is padded or lost at some level, and decoders that double the size do not meet
    their encoder again.

    Instead: begin with a multiple of 2 to the power of the number of halvings.
    """

    severity = "note"
    groups = ("teaching",)
    bad = ("INPUT(30x30x3) => CONV(8, F=3, P=1) => POOL => CONV(8, F=3, S=2, P=1) => GAP => FC(10)",)
    good = (
        "INPUT(32x32x3) => CONV(8, F=3, P=1) => POOL => CONV(8, F=3, S=2, P=1) => GAP => FC(10)",
        "INPUT(224x224x3) => CONV(8, F=7, S=2, P=3) => POOL => GAP => FC(10)",
    )

    def check(self, context: Context) -> Diagnostics:
        for start in context.rows:
            volume = start.output
            if start.node.inputs or volume is None:
                continue
            times = _halvings(context, start)
            factor = 2**times
            if any(size % factor for size in volume.spatial) and min(volume.spatial) >= factor:
                yield self.report(
                    start.node,
                    f"the input of {size_text(volume.spatial)} is halved {times} times: not a multiple of {factor}",
                    label=f"expected a multiple of {factor}",
                    help=(
                        f"write {size_text(tuple(-(-s // factor) * factor for s in volume.spatial))}x{volume.depth}",
                    ),
                )


def _halvings(context: Context, start: Row) -> int:
    """How often windows with a stride of 2 halve what comes from an input, along the longest way."""
    times = {start.node.index: 0}
    for row in known(context):
        reached = [times[i] for i in row.node.inputs if i in times]
        if reached:
            halves = bool(row.windows) and all(w.stride == 2 for w in row.windows)
            times[row.node.index] = max(reached) + halves
    return max(times.values())
