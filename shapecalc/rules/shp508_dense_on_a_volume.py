"""SHP508: Keras' Dense or PyTorch's Linear on a volume, which neither would flatten."""

from shapecalc.core.phrases import counted
from shapecalc.passes.claims import expected_values
from shapecalc.rules.rule import Context, Diagnostics, Rule

KERAS = ("Keras'", "Flatten()", "positions")
ALONG_ONE_AXIS = {
    "Keras": KERAS,
    "Keras 1": KERAS,
    "Flax": ("Flax'", "Flatten()", "positions"),
    "PyTorch": ("PyTorch's", "nn.Flatten()", "rows"),
}
"""Frameworks that flatten nothing by themselves, with their word for it and of what they read each."""


class DenseOnAVolume(Rule):
    """Keras' Dense works along the depth, PyTorch's Linear along the width; here both read all values, as FC does.

    Why: most who write it have left out Flatten, or the `view` of a forward pass. In Keras the network would have
    fewer weights and give a volume; PyTorch would raise an error, as the width is no number of features.

    Instead: write Flatten before it, or CONV(K, 1) if a layer at every position is meant.
    """

    severity = "note"
    bad = ("INPUT(28x28x1) => CONV(16, 3) => RELU => Dense(10)", "INPUT(32x32x3) => nn.Linear(3072, 10)")
    good = (
        "INPUT(32x32x3) => nn.Flatten() => nn.Linear(3072, 10)",
        "INPUT(28x28x1) => CONV(16, 3) => RELU => Flatten() => Dense(10)",
        "INPUT(28x28x1) => CONV(16, 3) => FC(10)",
    )

    def check(self, context: Context) -> Diagnostics:
        claims = context.graph.claims
        expected = {index: values for index, claim in claims if (values := expected_values(claim)) is not None}
        for row in context.rows:
            call, volume, layer = row.node.call, row.arriving, row.node.layer
            if call is None or call.framework not in ALONG_ONE_AXIS or volume is None:
                continue
            if not layer.is_global or layer.carries or not row.weight_arrays or volume.flat or volume.positions == 1:
                continue
            if expected.get(row.node.index, volume.size) != volume.size:
                continue  # another number is an error, which says what arrives
            units = row.output.depth if row.output else 0
            theirs, flatten, of = ALONG_ONE_AXIS[call.framework]
            values = volume.spatial[0] if of == "rows" else volume.depth
            where = f"each of {volume.size // values:,} {of}"
            yield self.report(
                row.node,
                f"{theirs} {call.written} would not flatten {volume}: it would read {counted(values, 'value')} at "
                f"{where}, and here it reads all {volume.size:,}",
                help=(f"write {flatten} before it, or CONV({units}, 1) if a layer at every position is meant",),
            )
