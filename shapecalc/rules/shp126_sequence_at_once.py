"""SHP126: an FC that reads a whole sequence, where frameworks would read one step."""

import re

from shapecalc.core.phrases import counted
from shapecalc.rules.neighbours import before, is_connected, known
from shapecalc.rules.rule import Context, Diagnostics, Rule

KEEPING_STEPS = frozenset({
    "DO", "DROPPATH", "IDENTITY", "BN", "LN", "RELU", "RELU6", "LRELU", "PRELU", "ELU", "SELU", "GELU", "SILU", "MISH",
    "TANH", "SIGMOID", "HSWISH", "SOFTPLUS",
})  # fmt: skip
"""Layers that do the same at every step. FLATTEN is none: it says that all are meant."""


class SequenceAtOnce(Rule):
    """An FC after an LSTM, an attention or an embedding reads every step of the sequence at once.

    Why: FC reads all that arrives, so that FC(10) on 100 steps of 128 values has 128,000 weights. PyTorch's Linear
    and Keras' Dense would read the 128 values of each step, and most who write LSTM(128) => FC(10) mean the last
    step alone: 1,280 weights.

    Instead: write LSTM(128, last=true) for the last step, GAP before the FC for the mean of all, or CONV(10, 1) in
    place of it for a result at every step. Where all are meant, write FLATTEN before it.
    """

    severity = "warning"
    bad = (
        "INPUT(100x40) => LSTM(128) => FC(10)",
        "INPUT(100x40) => GRU(64) => DO(0.5) => FC(10)",
        "INPUT(20x1) => EMBEDDING(1000, 64) => FC(2)",
        "INPUT(49x96) => ATTENTION(4) => FC(10)",
    )
    good = (
        "INPUT(100x40) => LSTM(128, last=true) => FC(10)",
        "INPUT(100x40) => LSTM(128) => GAP => FC(10)",
        "INPUT(100x40) => LSTM(128) => FLATTEN => FC(10)",
        "INPUT(100x40) => CONV(8, 3) => FC(10)",
        "INPUT(1x40) => LSTM(128) => FC(10)",
        "INPUT(100x40) => LSTM(128) => Dense(10)",
    )

    def check(self, context: Context) -> Diagnostics:
        for row in known(context):
            volume, source = row.arriving, before(context, row, KEEPING_STEPS)
            if source is None or volume is None or row.node.call is None:
                continue
            if not is_connected(row) or volume.flat or volume.positions == 1 or len(volume.spatial) != 1:
                continue
            layer, units = source.node.layer, row.output.depth if row.output else 0
            if not source.node.inputs and 1 < volume.depth != volume.positions:
                yield self.report(
                    row.node,
                    f"{row.node.text} reads all {counted(volume.positions, 'position')} of {volume} at once, "
                    f"{counted(volume.size, 'value')}",
                    severity="note",
                    label=f"{volume.positions} positions, or images?",
                    help=(f"write INPUT(1x{volume.depth}) if {volume.positions} is the number of images",),
                )
            if not (layer.carries or layer.kind in ("ATTENTION", "EMBEDDING")):
                continue
            text = re.sub(r"[\W_]?(\d+)\Z", r"(\1)", source.node.text)  # LSTM-128 and LSTM128 are LSTM(128)
            text = text.replace(", last=false", "")
            last = f"{text.removesuffix(')')}, last=true) for the last step, or " if layer.carries else ""
            yield self.report(
                row.node,
                f"{row.node.text} reads all {counted(volume.positions, 'step')} of {volume} at once, "
                f"{counted(volume.size, 'value')}",
                label=f"a step has {counted(volume.depth, 'value')}",
                help=(
                    f"write {last}GAP before FC for the mean of all",
                    f"write CONV({units}, 1) for a result at every step, or FLATTEN before FC if all are meant",
                ),
            )
