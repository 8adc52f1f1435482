"""SHP508: Keras' Dense on a volume, which Keras would not flatten."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.core.phrases import counted
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.rules.rule import Context, Rule


class DenseOnAVolume(Rule):
    """Keras' Dense works along the depth, at every position; here it reads all values, as FC does.

    Why: most who write it have left out Flatten. In Keras the network would have fewer weights and give a volume.

    Instead: write Flatten before it, or CONV(K, 1) if a layer at every position is meant.
    """

    severity = "note"
    bad = ("INPUT(28x28x1) => CONV(16, 3) => RELU => Dense(10)",)
    good = (
        "INPUT(28x28x1) => CONV(16, 3) => RELU => Flatten() => Dense(10)",
        "INPUT(28x28x1) => CONV(16, 3) => FC(10)",
    )

    def check(self, context: Context) -> Iterator[Diagnostic]:
        for row in context.rows:
            call, volume = row.node.call, row.inputs[0] if row.inputs else None
            layer = row.node.layer
            if call is None or not call.framework.startswith("Keras") or volume is None or layer is None:
                continue
            if not layer.is_global or layer.carries or not row.weight_arrays or volume.flat or volume.positions == 1:
                continue
            units = row.output.depth if row.output else 0
            yield self.report(
                row.node,
                f"Keras' {call.written} would not flatten {volume}: it would read {counted(volume.depth, 'value')} at "
                f"each of {volume.positions:,} positions, and here it reads all {volume.size:,}",
                help=(f"write Flatten() before it, or CONV({units}, 1) if a layer at every position is meant",),
            )
