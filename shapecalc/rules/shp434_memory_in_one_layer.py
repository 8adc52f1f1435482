"""SHP434: one layer whose output takes half of the memory."""

from shapecalc.core.bytes import byte_text
from shapecalc.core.phrases import share_text
from shapecalc.rules.neighbours import known
from shapecalc.rules.rule import Context, Diagnostics, Rule

SMALL = 50_000
"""Values that are no burden."""


class MemoryInOneLayer(Rule):
    """One layer makes more than half of all values of the forward pass.

    Why: The peak of memory, and with it the batch and the device that are needed, depends on this layer alone. It is
    nearly always one of the first, at the full size of the image.

    Instead: give it a stride, pool right after it, or begin with a smaller image.
    """

    severity = "warning"
    groups = ("deploy", "training")
    bad = ("INPUT(64x64x3) => CONV(64, F=3, P=1) => RELU => POOL(8) => CONV(32, F=3, P=1) => GAP => FC(10)",)
    good = ("INPUT(64x64x3) => CONV(16, F=3, S=2, P=1) => [RELU => CONV(32, F=3, P=1)]*2 => GAP => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        total = sum(row.allocated or 0 for row in context.rows)
        for row in known(context):
            values = row.allocated or 0
            if row.node.inputs and values > total / 2 and values > SMALL:
                size = values * context.conventions.bytes
                yield self.report(
                    row.node,
                    f"{row.node.name} makes {values:,} of the {total:,} values, {share_text(values / total)}",
                    label=f"{row.output}: {byte_text(size)} of {context.conventions.dtype}",
                    help=("write a stride, or pool right after it",),
                )
