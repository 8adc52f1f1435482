"""SHP514: a notation of papers that does not say whether inputs are padded."""

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.phrases import counted, plural
from shapecalc.rules.rule import Context, Diagnostics, Rule

_FILTERS_AND_EXTENT = lazy_pattern(r"\(?(?:\d+x)?\d+[Cc]\d+")


class UnsaidPadding(Rule):
    """In `32C5-MP2-64C5` no convolution says its padding, and none is assumed.

    Why: Cireşan et al., whose notation it is, do not pad. Others who write it keep the size, as in many papers on
    spiking networks: every volume after it is larger then, and the fully-connected layers have more weights.

    Instead: nothing where the source does not pad. Else write CONV(32, 5, P=2), which keeps the size.
    """

    severity = "note"
    bad = ("INPUT(28x28x1) => 32C5-MP2-64C5-MP2-10",)
    good = ("INPUT(28x28x1) => CONV(32, 5) => POOL(2) => CONV(64, 5) => POOL(2) => FC(10)", "INPUT(28x28x1) => 32C1-10")

    def check(self, context: Context) -> Diagnostics:
        text = context.source.text if context.diagram else ""  # names of other programs may look like it
        found = [
            row
            for row in context.rows
            if _FILTERS_AND_EXTENT.match(text, *row.node.span) and any(w.extent > 1 for w in row.windows)
        ]
        if found:
            row = found[0]
            extent = row.windows[0].extent
            call = f"CONV({row.output.depth if row.output else 64}, {extent}, P={extent // 2})"
            yield self.report(
                row.node,
                f"{counted(len(found), 'convolution')} in this notation {plural(len(found), 'does', 'do')} not say "
                f"the padding, and none is assumed: {row.inputs[0]} becomes {row.output}",
                help=(f"write {call} and the others so if the source keeps the size",),
            )
