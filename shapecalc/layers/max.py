"""MAX: the largest of its branches, value by value."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.core.kept import Device, Kept
from shapecalc.core.layer import Array, Layer, Run, Volume
from shapecalc.core.volumes import broadcast


class Max(Layer):
    """The maximum over its branches (maxout over layers); 1x1 branches broadcast over width and height."""

    kind = "MAX"
    aliases = {"MAXIMUM": {}}
    op_category = "elementwise"
    merges = True
    copies = 0

    def output(self, *volumes: Volume) -> Volume:
        return broadcast(self.kind, volumes)

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept(inputs=True, values=max(0, len(volumes) - 2) * self.output(*volumes).size)

    def backward_scratch(self, *volumes: Volume) -> int:
        # Half of the gradient, and two masks of a byte a value, which are half a volume of 4 bytes a value.
        return 3 * self.output(*volumes).size // 2

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        return run.broadcast(arrays, run.np.maximum)
