"""SHP444: branches that end in a map which nothing reads, beside the outputs of a classifier."""

from __future__ import annotations

from shapecalc.core.phrases import counted
from shapecalc.passes.report import Row, unread
from shapecalc.rules.neighbours import multiplies
from shapecalc.rules.rule import Context, Diagnostics, Rule


class DeadBranch(Rule):
    """A branch ends in a map that nothing reads, and the network gives scores elsewhere.

    Why: Every end of a chain is an output. Where the others are scores of classes, a map among them is most often a
    branch that was never joined: its layers are computed and trained by no loss, and leave when the network is used.
    Networks whose outputs are all maps (detection, segmentation) are no case of this.

    Instead: join it with ADD or CONCAT, end it with its own classifier, or remove it.
    """

    severity = "warning"
    groups = ("teaching", "training")
    bad = (
        "INPUT(32x32x3) => CONV(8, F=3, P=1) as a => RELU => GAP => FC(10)\n@a => CONV(8, F=3, P=1) => RELU",
        "INPUT(32x32x3) => CONV(8, F=3, P=1) as a => RELU => GAP => FC(10)\n"
        "@a => ADD[ CONV(8, F=3, P=1) | CONV(8, F=1) ] => RELU",
    )
    good = (
        "INPUT(32x32x3) => CONV(8, F=3, P=1) as a => RELU => GAP => FC(10)\n@a => CONV(8, F=3, P=1) => GAP => FC(5)",
        "INPUT(32x32x3) => CONV(8, F=3, P=1) as a => RELU => CONV(8, F=1)\n@a => POOL => CONV(8, F=3, P=1)",
    )

    def check(self, context: Context) -> Diagnostics:
        ends = [row for row in unread(context.rows) if row.output is not None and row.node.inputs]
        if not any(row.output and row.output.positions == 1 for row in ends):
            return
        for end in ends:
            own = _own_layers(context, end)
            if end.output and end.output.positions > 1 and any(map(multiplies, own)):
                macs = sum(row.macs or 0 for row in own)
                yield self.report(
                    end.node,
                    f"nothing reads {end.node.name}, which gives a map of {end.output} beside the scores",
                    label=f"{counted(len(own), 'layer')} with {macs:,} multiply-accumulates lead here alone",
                    help=("join it with ADD or CONCAT, end it with a classifier of its own, or remove it",),
                )


def _own_layers(context: Context, end: Row) -> list[Row]:
    """The layers that nothing but this end needs, from it back to what others read too."""
    own = {end.node.index: end}
    left = [end]
    while left:
        for index in left.pop().node.inputs:
            source = context.rows[index]
            if index not in own and source.node.inputs and all(reader in own for reader in context.consumers[index]):
                own[index] = source
                left.append(source)
    return list(own.values())
