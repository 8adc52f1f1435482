"""FLATTEN: every value in one row."""

from __future__ import annotations

from shapecalc.core.layer import Array, Arrays, Kept, Layer, Run, Volume


class Flatten(Layer):
    """7x7x512 becomes 1x1x25088, without moving a value."""

    kind = "FLATTEN"
    example = "INPUT(7x7x512) => FLATTEN"
    aliases = {"VIEW": {}}
    view = True
    is_global = True
    formulas = {"depth": "W·W·D"}
    keeps = Kept()

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        return Volume((1,) * len(volume.spatial), volume.size, flat=True)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        return x.reshape(x.shape[0], *(1,) * (x.ndim - 2), -1)
