"""SHP215: a layer whose name or arguments say how many axes there are, on a volume of others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecalc.core.layer import Volume
from shapecalc.core.phrases import counted, size_text
from shapecalc.rules.rule import Context, Diagnostics, Rule


class AxesOfAName(Rule):
    """Conv1d slides along one axis and Conv2d along two; the volume that arrives has another number.

    Why: the framework would raise an error. CONV, POOL and other names without a number take what arrives.

    Instead: write the name for the axes that there are, or INPUT with the axes that are meant.
    """

    bad = (
        "INPUT(28x28x1) => Conv1d(1, 8, 3)",
        "INPUT(100x4) => MaxPooling2D(2)",
        "INPUT(28x28x1) => CONV1D(8, 3)",
        "INPUT(8x8x8x4) => LayerNormalization(axis=3)",
    )
    good = ("INPUT(28x28x1) => Conv2d(1, 8, 3)", "INPUT(100x4) => MaxPooling1D(2)", "INPUT(28x28x1) => CONV(8, 3)")

    def check(self, context: Context) -> Diagnostics:
        for row in context.rows:
            call, volume = row.node.call, row.arriving
            if call is None or not call.named_axes or volume is None or volume.flat or volume.positions == 1:
                continue
            axes, there = call.named_axes, len(volume.spatial)
            written = call.written or call.name
            if axes == there:
                continue
            yield self.report(
                row.node,
                f"{written} is for {counted(axes, 'axis', 'axes')}, and {volume} has {there}",
                label=f"expected {counted(axes, 'spatial axis', 'spatial axes')}, found {there}",
                help=tuple(_ways(written, axes, volume)),
            )


def _ways(written: str, axes: int, volume: Volume) -> Iterator[str]:
    """What to write instead: the volume without its axes of one, or the name for the axes that there are."""
    there = len(volume.spatial)
    long = [size for size in volume.spatial if size > 1]
    name = re.sub(r"[123](?=[dD])", str(there), written)
    if len(long) == axes and len(long) < there:
        yield f"let {size_text((*long, volume.depth))} arrive, without the axis of 1"
    if name != written:
        yield f"write {name}"
    elif len(long) != axes:
        yield "write axis=-1, which are the channels whatever the number of axes"
