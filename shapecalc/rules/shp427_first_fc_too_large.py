"""SHP427: a first FC that has most of the parameters."""

from shapecalc.core.phrases import share_text
from shapecalc.rules.edits import preceded
from shapecalc.rules.neighbours import is_connected, sized
from shapecalc.rules.rule import Context, Diagnostics, Rule

SMALL = 100_000
"""Parameters that are no burden."""


class FirstFcTooLarge(Rule):
    """One FC that reads a map has more than half of the parameters of the network.

    Why: VGG-16 has 102.8 of its 138.4 million parameters in its first FC. They have to be stored, sent and
    regularised with dropout. Global average pooling before the last FC needs almost none (Lin et al. 2013,
    Network in Network, section 3.2).

    Instead: write GAP before the FC. The note says how many parameters are left then.
    """

    severity = "warning"
    groups = ("teaching", "deploy")
    bad = ("INPUT(64x64x3) => CONV(64, F=3, P=1) => RELU => FC(512) => RELU => FC(10)",)
    good = ("INPUT(64x64x3) => CONV(64, F=3, P=1) => RELU => GAP => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        total = context.totals.params
        for row, volume, _ in sized(context, is_connected):
            params = row.params or 0
            if total and volume.positions > 1 and params > total / 2 and params > SMALL:
                left = total - params + params // volume.positions
                yield self.report(
                    row.node,
                    f"{row.node.name} has {params:,} of the {total:,} parameters, {share_text(params / total)}",
                    label=f"{volume} = {volume.size:,} inputs",
                    notes=(f"with GAP before it, about {left:,} parameters are left",),
                    help=(f"write GAP => {row.node.text}",),
                    fixes=preceded(row.node, "GAP"),
                )
