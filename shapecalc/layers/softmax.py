"""SOFTMAX: class scores to probabilities."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.core.kept import Device, Kept
from shapecalc.core.layer import Array, Layer, Run, Volume


class Softmax(Layer):
    """exp(x) over the sum of exp(x) along the depth, at every position."""

    kind = "SOFTMAX"
    aliases = {"SOFTMAX2D": {}}
    op_category = "activation"
    precision = "full"
    copies = 0

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept(result=True)

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        np = run.np

        def row_by_row(v: Array) -> Array:
            powers = np.exp(v - v.max(axis=-1, keepdims=True))
            return run.array(np.divide(powers, powers.sum(axis=-1, keepdims=True), out=powers))

        return run.apply(row_by_row, *arrays, fresh=True)
