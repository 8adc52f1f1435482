"""ADD: joins branches value by value."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.core.layer import Array, Layer, Run, Volume
from shapecalc.core.volumes import broadcast


class Add(Layer):
    """The sum of its branches, as in a residual block; 1x1 branches broadcast over width and height."""

    kind = "ADD"
    aliases = {"SUM": {}, "ELTWISE": {}, "RESIDUAL": {}}
    op_category = "elementwise"
    merges = True

    def output(self, *volumes: Volume) -> Volume:
        return broadcast(self.kind, volumes)

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        return run.broadcast(arrays, run.np.add)
