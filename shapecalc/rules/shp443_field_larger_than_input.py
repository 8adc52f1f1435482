"""SHP443: layers whose windows reach past the image on every side."""

from shapecalc.core.phrases import counted, size_text
from shapecalc.passes.report import Row
from shapecalc.rules.neighbours import looking_around, slides
from shapecalc.rules.rule import Context, Diagnostics, Rule


class FieldLargerThanInput(Rule):
    """The receptive field of a convolution's input is larger than the image.

    Why: Richter et al. 2021 ("Should You Go Deeper? Optimizing Convolutional Neural Network Architectures without
    Training by Receptive Field Analysis") find that layers from there on add nothing to the solution where no
    branch goes around them: what their windows add is padding.

    Instead: leave them out, begin with a larger image, or use fewer strides. Residual networks lose less by it.
    """

    severity = "note"
    preview = True
    groups = ("training",)
    bad = ("INPUT(16x16x3) => [CONV(8, F=3, P=1) => RELU => CONV(8, F=3, S=2, P=1) => RELU]*3 => GAP => FC(10)",)
    good = (
        "INPUT(64x64x3) => [CONV(8, F=3, P=1) => RELU => CONV(8, F=3, S=2, P=1) => RELU]*2 => GAP => FC(10)",
        "INPUT(64x8x3) => CONV(8, F=9, P=4) => RELU => CONV(8, F=3, P=1) => RELU => GAP => FC(10)",
    )

    def check(self, context: Context) -> Diagnostics:
        late = [row for row in looking_around(context) if _is_past(context, row)]
        if late:
            field = context.rows[late[0].node.inputs[0]].field
            seen = size_text(tuple(axis.size for axis in field.axes)) if field else ""
            yield self.report(
                late[0].node,
                f"{late[0].node.name} reads positions that see {seen}, more than the image",
                label="the first of these" if len(late) > 1 else "its window adds padding alone",
                notes=(f"{counted(len(late), 'layer')} of {sum(map(slides, context.rows))} that slide a window",),
            )


def _is_past(context: Context, row: Row) -> bool:
    """Whether what the layer reads sees more than the input on every axis."""
    field, start = context.rows[row.node.inputs[0]].field, context.rows[0].output
    if field is None or start is None or field.status != "exact" or len(field.axes) != len(start.spatial):
        return False
    return bool(field.axes) and all(a.size > size for a, size in zip(field.axes, start.spatial, strict=True))
