"""SHP418: large filters after the first layer."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Fix
from shapecalc.passes.report import Row
from shapecalc.rules.edits import replaced
from shapecalc.rules.neighbours import is_depthwise, sized, slides
from shapecalc.rules.rule import Context, Diagnostics, Rule

LARGE = 7
"""Extent from which on a filter counts as large."""


class LargeFilter(Rule):
    """A convolution after the first has a filter of 7 or more on every axis.

    Why: Three 3x3 see as much as one 7x7, with 27·C² weights instead of 49·C² and two activations more (Simonyan
    and Zisserman 2014, section 2.3). Large filters pay in the first layer, where there are three channels, and in
    depthwise convolutions (Liu et al. 2022, ConvNeXt).

    Instead: write a stack of 3x3 convolutions with activations between them.
    """

    severity = "note"
    groups = ("teaching", "deploy")
    bad = ("INPUT(32x32x3) => CONV(16, F=3, P=1) => RELU => CONV(16, F=7, P=3)",)
    good = (
        "INPUT(32x32x3) => CONV(16, F=7, P=3) => RELU => [CONV(16, F=3, P=1) => RELU]*3",
        "INPUT(32x32x3) => CONV(16, F=3, P=1) => RELU => DWCONV(F=7, P=3)",
    )

    def check(self, context: Context) -> Diagnostics:
        first = True
        for row, volume, output in sized(context, slides):
            least, rank = min(w.extent for w in row.windows), len(row.windows)
            if not first and least >= LARGE and not is_depthwise(row) and rank > 1 and volume.positions > 1:
                stack = (least - 1) // 2
                yield self.report(
                    row.node,
                    f"{row.node.kind} multiplies {least}x{least} positions of {volume.depth:,} channels",
                    label=f"{stack} layers of 3x3 see as much",
                    notes=(f"{stack} times 3x3 has {9 * stack} weights a pair of channels, this has {least * least}",),
                    help=(f"write [CONV({output.depth}, F=3, P=1) => RELU]*{stack}",),
                    fixes=_stack(row, output.depth, stack),
                )
            first = False


def _stack(row: Row, filters: int, layers: int) -> tuple[Fix, ...]:
    """The fix that writes layers of 3x3, where the large filter keeps the size as they do."""
    small = f"CONV({filters}, F=3, P=1)"
    keeps = all((w.stride, w.dilation, 2 * w.before + 1, w.after) == (1, 1, w.extent, w.before) for w in row.windows)
    return replaced(row.node, f"[{small} => RELU]*{layers - 1} => {small}") if keeps else ()
