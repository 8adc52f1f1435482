"""SUB: the first branch less the others, value by value."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.core.kept import Device, Kept
from shapecalc.core.layer import Array, Layer, Run, Volume
from shapecalc.core.volumes import broadcast


class Sub(Layer):
    """The difference of its branches; 1x1 branches broadcast over width and height."""

    kind = "SUB"
    aliases = {"SUBTRACT": {}, "DIFFERENCE": {}}
    op_category = "elementwise"
    merges = True
    copies = 0

    def output(self, *volumes: Volume) -> Volume:
        return broadcast(self.kind, volumes)

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept()

    def passes_gradient(self, volume: Volume, output: Volume) -> bool:
        return volume.size == output.size

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        return run.broadcast(arrays, run.np.subtract)
