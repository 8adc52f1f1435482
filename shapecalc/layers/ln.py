"""LN: layer normalisation."""

from __future__ import annotations

from shapecalc.core.families import Normalisation
from shapecalc.core.layer import Array, Arrays, Device, Kept, Run, Volume
from shapecalc.core.parameters import argument, flag, real


class LayerNorm(Normalisation):
    """Normalises over the depth at every position (as ConvNeXt), then scale and shift."""

    kind = "LN"
    aliases = {"LAYERNORM": {}, "LAYERNORM2D": {}, "LAYERNORMALIZATION": {}}
    eps: float = argument("eps", real, 1e-5, ("epsilon",))
    affine: bool = argument("affine", flag, True)
    precision = "full"

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        # The mean and one over the standard deviation at every position.
        return Kept(inputs=True, values=2 * volumes[0].positions)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        return self.scaled(run, weights, run.normalise(x, (x.ndim - 1,), self.eps))
