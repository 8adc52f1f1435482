"""SHP436: convolutions on what has seen the whole input already."""

from shapecalc.core.phrases import counted
from shapecalc.passes.report import Row
from shapecalc.rules.neighbours import looking_around
from shapecalc.rules.rule import Context, Diagnostics, Rule


class SeesAllAlready(Rule):
    """A convolution works on positions that have all seen the whole input.

    Why: Its window adds nothing that its input does not know: Richter et al. 2021 ("(Input) Size Matters for CNN
    Classifiers") find that such layers do not contribute to accuracy, and take parameters and time.

    Instead: leave them out, or begin with a larger input.
    """

    severity = "note"
    groups = ("training", "deploy")
    bad = ("INPUT(8x8x3) => [CONV(8, F=5, P=2) => RELU]*7 => GAP => FC(10)",)
    good = ("INPUT(32x32x3) => [CONV(8, F=3, P=1) => RELU]*3 => GAP => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        late = [row for row in looking_around(context) if _has_seen_all(context, row)]
        if late:
            params = sum(row.params or 0 for row in late)
            yield self.report(
                late[0].node,
                f"{late[0].node.name} reads positions that have seen the whole input",
                label="the first of these" if len(late) > 1 else "its window adds nothing",
                notes=(f"{counted(len(late), 'layer')} of this kind, with {counted(params, 'parameter')}",),
            )


def _has_seen_all(context: Context, row: Row) -> bool:
    source = context.rows[row.node.inputs[0]]
    start = context.rows[0].output
    if source.field is None or start is None or source.field.status not in ("exact", "whole input"):
        return False
    axes = zip(source.field.axes, start.spatial, strict=False)
    # An output in the middle sees all when its field reaches to both borders from there.
    return bool(source.field.axes) and all(axis.size >= 2 * size for axis, size in axes)
