"""SHP442: classifiers that keep the full size of the image to their end."""

from shapecalc.core.phrases import size_text
from shapecalc.rules.neighbours import known, looking_around
from shapecalc.rules.rule import Context, Diagnostics, Rule

SMALLEST = 48
"""Smaller images can be kept as they are."""
LAYERS = 3
"""Fewer convolutions are no network yet."""


class NoDownsampling(Rule):
    """A classifier works at the full size of the image up to the layer that reads all of it.

    Why: Work and memory of every layer grow with the number of positions, and the receptive field only by a few
    pixels a layer: 2x2 pooling divides both costs by four and doubles what the layers after it see. Course notes
    pool after at most three convolutions (CS231n); networks for segmentation and super-resolution, which give a map,
    are no case of this.

    Instead: write POOL after two or three convolutions, or a stride of 2.
    """

    severity = "note"
    preview = True
    groups = ("teaching", "deploy")
    bad = ("INPUT(64x64x3) => [CONV(16, F=3, P=1) => RELU]*4 => GAP => FC(10)",)
    good = (
        "INPUT(64x64x3) => [CONV(16, F=3, P=1) => RELU]*2 => POOL => [CONV(16, F=3, P=1) => RELU]*2 => GAP => FC(10)",
        "INPUT(64x64x3) => [CONV(16, F=3, P=1) => RELU]*4 => CONV(3, F=3, P=1)",
    )

    def check(self, context: Context) -> Diagnostics:
        start = context.rows[0].output if context.rows and not context.rows[0].node.inputs else None
        if start is None or not start.spatial or min(start.spatial) < SMALLEST:
            return
        sliding = looking_around(context)
        kept = all(row.output is not None and 2 * row.output.positions > start.positions for row in sliding)
        reader = next((row for row in known(context) if row.output is not None and row.output.positions == 1), None)
        volume = reader.arriving if reader is not None else None
        if reader is None or volume is None or len(sliding) < LAYERS or not kept:
            return
        if 2 * volume.positions > start.positions:
            late = sum(row.macs or 0 for row in sliding[2:])
            yield self.report(
                reader.node,
                f"{reader.node.name} reads a map of {size_text(volume.spatial)}: no layer before it halves the "
                f"{size_text(start.spatial)} image",
                label=f"{len(sliding)} convolutions work at {size_text(volume.spatial)} or more",
                notes=(f"a POOL after the second would save about {late - late // 4:,} multiply-accumulates",),
                help=(f"write POOL after {sliding[1].node.name}",),
            )
