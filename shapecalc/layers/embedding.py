"""EMBEDDING: a row of a table for every index."""

from __future__ import annotations

from shapecalc.core.kept import INDEX, Device, Kept
from shapecalc.core.layer import Array, Arrays, Layer, Run, Volume, Weight
from shapecalc.core.parameters import argument, count
from shapecalc.core.window import ShapeError


class Embedding(Layer):
    """`INPUT(20x1) => EMBEDDING(10000, 300)`: 20 indices become 20 positions with 300 values each.

    The table has rows · K weights, and nothing is multiplied. Every position of the input has one value, its index.
    """

    kind = "EMBEDDING"
    example = "INPUT(20x1) => EMBEDDING(10000, 300)"
    aliases = {"EMBED": {}, "TOKENEMBEDDING": {}, "WORDEMBEDDING": {}}
    rows: int = argument("rows", count, required=True, names=("num_embeddings", "input_dim", "vocabulary"))
    units: int = argument(
        "K", count, required=True, names=("embedding_dim", "output_dim", "units", "filters"), one_channel=1
    )
    precision = "promoted"

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        if volume.depth != 1:
            raise ShapeError(
                "SHP214",
                f"EMBEDDING reads one index a position, and {volume} has {volume.depth:,} values at each",
                label="expected a depth of 1",
                help=(f"write INPUT({volume.size}x1) for {volume.size:,} indices",),
            )
        return Volume(volume.spatial, self.units)

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        return (Weight("table", (self.rows, self.units), "scale"),)

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept(bytes=INDEX * volumes[0].positions)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        np, (x,) = run.np, arrays
        table = run.fit(weights["table"], (self.rows, self.units))
        index = np.clip(np.rint(np.nan_to_num(x[..., 0])), 0, self.rows - 1).astype(np.int64)
        out = run.array(table[index])
        out[np.isnan(x[..., 0])] = np.nan  # a NaN is no index
        return out
