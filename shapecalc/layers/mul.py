"""MUL: joins branches value by value."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.core.kept import Device, Kept
from shapecalc.core.layer import Array, Layer, Run, Volume
from shapecalc.core.volumes import broadcast


class Mul(Layer):
    """The product of its branches.

    Those of 1x1 are broadcast over width and height (squeeze-and-excite), those of one channel over the depth
    (a map of spatial attention).
    """

    kind = "MUL"
    example = "INPUT(56x56x64) => MUL[ GAP => FC(64) => SIGMOID | ]"
    aliases = {"MULTIPLY": {}, "PROD": {}}
    op_category = "elementwise"
    merges = True
    copies = 0

    def output(self, *volumes: Volume) -> Volume:
        return broadcast(self.kind, volumes, over_depth=True)

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        between = (len(volumes) - 2) * self.output(*volumes).size
        return Kept(factors=True, values=max(0, between))

    def backward_scratch(self, *volumes: Volume) -> int:
        output = self.output(*volumes)
        return output.size if any(volume.size < output.size for volume in volumes) else 0

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        return run.broadcast(arrays, run.np.multiply, over_depth=True)
