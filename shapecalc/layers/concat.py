"""CONCAT: joins branches along the depth."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.core.kept import Device, Kept
from shapecalc.core.layer import Array, Layer, Run, Volume
from shapecalc.core.volumes import disagreement


class Concat(Layer):
    """All channels of the first branch, then of the second, …: width and height must agree."""

    kind = "CONCAT"
    example = "INPUT(28x28x192) => CONCAT[ CONV(64, 1) | CONV(128, 3, P=1) ]"
    aliases = {"CONCATENATE": {}, "CAT": {}, "DEPTHCONCAT": {}}
    formulas = {"depth": "D + D"}
    merges = True
    joins_one = True
    copies = 0

    def output(self, *volumes: Volume) -> Volume:
        first = volumes[0]
        for i, volume in enumerate(volumes[1:], 1):
            if volume.spatial != first.spatial:
                raise disagreement(self.kind, first, 0, volume, i)
        return Volume(first.spatial, sum(v.depth for v in volumes), all(v.flat for v in volumes))

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept()

    def passes_gradient(self, volume: Volume, output: Volume) -> bool:
        return True

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        return run.array(run.np.concatenate(arrays, axis=-1))
