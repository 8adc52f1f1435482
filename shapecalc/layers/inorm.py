"""IN: instance normalisation."""

from __future__ import annotations

from shapecalc.core.families import Normalisation
from shapecalc.core.layer import Array, Arrays, Device, Kept, Run, Volume
from shapecalc.core.parameters import argument, flag, real


class InstanceNorm(Normalisation):
    """Normalises every channel over its width and height, then scale and shift."""

    kind = "IN"
    aliases = {"INSTANCENORM": {}, "INSTANCENORM1D": {}, "INSTANCENORM2D": {}, "INSTANCENORM3D": {}}
    eps: float = argument("eps", real, 1e-5, ("epsilon",))
    affine: bool = argument("affine", flag, False)

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        # The mean and one over the standard deviation of every channel, and the scale once more for every image.
        return Kept(inputs=True, values=(2 + self.affine) * volumes[0].depth, in_one_piece=True)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        return self.scaled(run, weights, run.normalise(x, tuple(range(1, x.ndim - 1)), self.eps))
