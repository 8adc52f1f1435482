"""SHP433: layers much narrower than those around them."""

from shapecalc.rules.neighbours import TRANSPARENT, after, multiplies, sized
from shapecalc.rules.rule import Context, Diagnostics, Rule

NARROW = 8
PASSING = TRANSPARENT | {"BN", "RELU", "RELU6", "SILU", "HSWISH", "GELU", "LRELU", "PRELU", "ELU"}


class NarrowBottleneck(Rule):
    """A layer has less than an eighth of the channels before and after it.

    Why: What does not fit through the narrow layer is lost to all that follows: Szegedy et al. 2015 ("Rethinking
    the Inception Architecture", principle 1) advise against bottlenecks with extreme compression. ResNet's have a
    quarter. Squeeze-and-excite, which weighs channels and does not carry them, is no case of this.

    Instead: widen it, or lead a branch around it with ADD.
    """

    severity = "note"
    groups = ("training",)
    bad = ("INPUT(32x32x3) => CONV(128, F=3, P=1) => RELU => CONV(8, F=1) => RELU => CONV(128, F=3, P=1) => RELU",)
    good = ("INPUT(32x32x3) => CONV(128, F=3, P=1) => RELU => CONV(32, F=1) => RELU => CONV(128, F=3, P=1) => RELU",)

    def check(self, context: Context) -> Diagnostics:
        for row, volume, output in sized(context, multiplies):
            reader = after(context, row, PASSING)
            if 1 in (volume.positions, output.positions) or reader is None or reader.output is None:
                continue
            around = min(volume.depth, reader.output.depth)
            if multiplies(reader) and output.depth * NARROW < around:
                yield self.report(
                    row.node,
                    f"{row.node.name} has {output.depth} channels, "
                    f"between {volume.depth} before and {reader.output.depth} after it",
                    label=f"less than 1/{NARROW} of what is around it",
                )
