"""SHP437: a network whose outputs see only a part of the image."""

from shapecalc.core.phrases import size_text
from shapecalc.passes.report import Row
from shapecalc.rules.neighbours import known
from shapecalc.rules.rule import Context, Diagnostics, Rule


class FieldSmallerThanInput(Rule):
    """What is averaged at the end has seen only a small part of the image.

    Why: A position that sees less than the object cannot know what it is: Luo et al. 2016 ("Understanding the
    Effective Receptive Field") add that the middle of the field counts most, so that it should be larger than the
    input.

    Instead: add layers, strides or dilation, or begin with a smaller image.
    """

    severity = "note"
    groups = ("training",)
    bad = ("INPUT(64x64x3) => CONV(8, F=3, P=1) => RELU => CONV(8, F=3, P=1) => RELU => GAP => FC(10)",)
    good = ("INPUT(8x8x3) => [CONV(8, F=3, P=1) => RELU => CONV(8, F=3, P=1) => RELU]*3 => GAP => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        averaging = [row for row in known(context) if _averages_all(row)]
        start = context.rows[0].output if context.rows else None
        for row in averaging[-1:]:
            field = context.rows[row.node.inputs[0]].field
            if field is None or field.status != "exact" or start is None:
                continue
            seen = tuple(axis.size for axis in field.axes)
            if all(a < b for a, b in zip(seen, start.spatial, strict=False)):
                yield self.report(
                    row.node,
                    f"{row.node.name} averages positions that see {size_text(seen)} of {size_text(start.spatial)}",
                    label="less than the whole input",
                )


def _averages_all(row: Row) -> bool:
    """Whether it takes the average of a whole map, or its maximum."""
    whole = row.node.layer.is_global and row.node.layer.op_category == "adaptive"
    return whole and row.arriving is not None and row.arriving.positions > 1
