"""SHP438: branches that are built alike."""

from __future__ import annotations

from shapecalc.rules.neighbours import joins, known, multiplies
from shapecalc.rules.rule import Context, Diagnostics, Rule


class RepeatedBranch(Rule):
    """Two branches are built alike, layer by layer.

    Why: They can learn different weights, and often learn nearly the same: one branch with twice the channels has
    the same cost and one less launch of kernels. ResNeXt (Xie et al. 2016) shows that many equal branches are the
    same as one grouped convolution.

    Instead: write one branch with groups=2, or twice the channels.
    """

    severity = "note"
    groups = ("teaching",)
    bad = ("INPUT(32x32x3) => CONCAT[ CONV(8, F=3, P=1) => RELU | CONV(8, F=3, P=1) => RELU ]",)
    good = ("INPUT(32x32x3) => CONCAT[ CONV(8, F=3, P=1) => RELU | CONV(8, F=5, P=2) => RELU ]",)

    def check(self, context: Context) -> Diagnostics:
        for row in known(context):
            if not joins(row):
                continue
            seen: dict[tuple[object, ...], int] = {}
            for place, index in enumerate(row.node.inputs):
                built = _built(context, index)
                if built and built in seen:
                    yield self.report(
                        context.rows[index].node,
                        f"branch {place + 1} of {row.node.name} is built like branch {seen[built] + 1}",
                        label=f"{len(built) - 1} layers, all the same",
                        help=("write one branch with twice the channels, or with groups=2",),
                    )
                seen.setdefault(built, place)


def _built(context: Context, index: int) -> tuple[object, ...]:
    """The layers of a branch from its end to where several read the same, and that place; empty without weights."""
    layers: list[object] = []
    weights = False
    while len(context.consumers[index]) == 1 and len(context.rows[index].node.inputs) == 1:
        row = context.rows[index]
        layers.append(repr(row.node.layer))
        weights = weights or multiplies(row)
        index = row.node.inputs[0]
    return (*layers, index) if weights else ()
