"""SHP215: a layer whose name says how many axes it slides along, on a volume of others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecalc.core.phrases import counted
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.rules.rule import Context, Rule


class AxesOfAName(Rule):
    """Conv1d slides along one axis and Conv2d along two; the volume that arrives has another number.

    Why: the framework would raise an error. CONV, POOL and the other names of our own take what arrives.

    Instead: write the name for the axes that there are, or INPUT with the axes that are meant.
    """

    bad = ("INPUT(28x28x1) => Conv1d(1, 8, 3)", "INPUT(100x4) => MaxPooling2D(2)")
    good = ("INPUT(28x28x1) => Conv2d(1, 8, 3)", "INPUT(100x4) => MaxPooling1D(2)", "INPUT(28x28x1) => CONV(8, 3)")

    def check(self, context: Context) -> Iterator[Diagnostic]:
        for row in context.rows:
            call, volume = row.node.call, row.inputs[0] if row.inputs else None
            said = re.search(r"[123](?=[dD])", call.written) if call is not None and call.framework else None
            if call is None or said is None or volume is None or volume.flat:
                continue
            axes, there = int(said.group()), len(volume.spatial)
            if axes == there or volume.positions == 1:
                continue
            yield self.report(
                row.node,
                f"{call.written} is for {counted(axes, 'axis', 'axes')}, and {volume} has {there}",
                label=f"expected {counted(axes, 'spatial axis', 'spatial axes')}, found {there}",
                help=(f"write {call.written.replace(said.group(), str(there))}",),
            )
