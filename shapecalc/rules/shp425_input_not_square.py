"""SHP425: inputs that are not square."""

from shapecalc.core.phrases import size_text
from shapecalc.rules.rule import Context, Diagnostics, Rule


class InputNotSquare(Rule):
    """The input has a width and a height that differ.

    Why: Datasets and pretrained weights are made for square images, and most figures are published for them.
    Nothing is wrong with other shapes, where the images have them.

    Instead: resize or crop to a square, such as 224x224.
    """

    severity = "note"
    groups = ("teaching",)
    bad = ("INPUT(64x48x3) => CONV(8, F=3, P=1) => GAP => FC(10)",)
    good = ("INPUT(32x32x3) => CONV(8, F=3, P=1) => GAP => FC(10)", "INPUT(100x6) => CONV(8, F=3) => GAP => FC(10)")

    def check(self, context: Context) -> Diagnostics:
        for row in context.rows:
            if not row.node.inputs and row.output is not None and len(set(row.output.spatial)) > 1:
                yield self.report(
                    row.node,
                    f"the input is {size_text(row.output.spatial)}, not square",
                    label="width and height differ",
                )
