"""SHP402: layers that change nothing."""

from shapecalc.core.kept import Kept
from shapecalc.core.layer import Layer, Volume
from shapecalc.language import syntax
from shapecalc.passes.report import Row
from shapecalc.rules.edits import removed
from shapecalc.rules.neighbours import known, pools
from shapecalc.rules.rule import Context, Diagnostics, Rule


class IdentityLayer(Rule):
    """A layer gives its input back as it is.

    Why: A pool of 1x1 with a stride of 1, DO(0), CLIP without bounds, or a SLICE of all channels takes a place in the
    table and in the memory of the reader. It is most often a slip: a size was lost, or a probability. IDENTITY says
    that it is meant.

    Instead: remove the layer, or write the size that was meant.
    """

    severity = "warning"
    groups = ("teaching",)
    bad = (
        "INPUT(32x32x3) => CONV(8, F=3) => POOL(1) => RELU",
        "INPUT(32x32x3) => CONV(8, F=3) => DO(0) => RELU",
        "INPUT(32x32x3) => CONV(8, F=3) => CLIP => RELU",
        "INPUT(32x32x3) => CONCAT[ CONV(8, F=3) => RELU ] => FC(10)",
    )
    good = (
        "INPUT(32x32x3) => CONV(8, F=3) => POOL(2) => RELU",
        "INPUT(32x32x3) => IDENTITY => CONV(8, F=3)",
        "INPUT(32x32x3) => CONV(8, F=3) => DO(0.5) => RELU",
        "block unit(p=0) = CONV(8, F=3) => DO(p)\nINPUT(32x32x3) => unit => unit(0.5)",
    )

    def check(self, context: Context) -> Diagnostics:
        for row in known(context):
            layer, volume = row.node.layer, row.arriving
            if volume is None or len(row.inputs) > 1 or not _is_written_so(row):
                continue
            if layer.joins_one:
                yield self.report(
                    row.node,
                    f"{row.node.kind} of one branch gives {volume} back as it is",
                    label="joins nothing",
                    help=("write the branch without it, or the branch that is missing after |",),
                )
            if _changes_nothing(row, layer, volume):
                yield self.report(
                    row.node,
                    f"{row.node.text} gives its input {volume} back as it is",
                    label="nothing changes here",
                    help=(f"remove it, or write the {_meant(layer)} that was meant",),
                    fixes=removed(row.node, context),
                )


def _is_written_so(row: Row) -> bool:
    """Whether a diagram says so in numbers: an argument of a block, or another tool's file, has its reasons."""
    call, branch = row.node.call, row.node.branch
    if branch is not None:
        return len(branch.chains) == 1 and not branch.arguments
    return call is not None and all(isinstance(a.value, syntax.Number | syntax.SizeLiteral) for a in call.arguments)


def _meant(layer: Layer) -> str:
    return "bound" if layer.kind == "CLIP" else "probability" if layer.view else "size"


def _changes_nothing(row: Row, layer: Layer, volume: Volume) -> bool:
    if layer.kind == "CLIP":
        return row.node.call is not None and not row.node.call.arguments
    if pools(row):
        return all((w.extent, w.stride, w.before, w.after) == (1, 1, 0, 0) for w in row.windows)
    if layer.kind == "IDENTITY" or not layer.view or layer.is_global or row.output != volume:
        return False
    return layer.kept("cpu", volume) == Kept()
