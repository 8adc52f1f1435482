"""MUL: joins branches value by value."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.core.layer import Array, Layer, Run, Volume
from shapecalc.core.volumes import broadcast


class Mul(Layer):
    """The product of its branches, as in squeeze-and-excite; 1x1 branches broadcast over width and height."""

    kind = "MUL"
    aliases = {"MULTIPLY": {}, "PROD": {}}
    op_category = "elementwise"
    merges = True

    def output(self, *volumes: Volume) -> Volume:
        return broadcast(self.kind, volumes)

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        return run.broadcast(arrays, run.np.multiply)
