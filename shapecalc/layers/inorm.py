"""IN: instance normalisation."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.core.kept import Device, Kept
from shapecalc.core.layer import Array, Layer, Run, Volume, Weight
from shapecalc.core.parameters import argument, flag, real
from shapecalc.core.scratch import Execution, normalised


class InstanceNorm(Layer):
    """Normalises every channel over its width and height, then scale and shift."""

    kind = "IN"
    aliases = {"INSTANCENORM": {}, "INSTANCENORM1D": {}, "INSTANCENORM2D": {}, "INSTANCENORM3D": {}}
    eps: float = argument("eps", real, 1e-5, ("epsilon",))
    affine: bool = argument("affine", flag, False)
    formulas = {"scale": "D", "shift": "D"}
    op_category = "norm"

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        shape = (volumes[0].depth,)
        return (Weight("scale", shape, "scale"), Weight("shift", shape, "shift")) if self.affine else ()

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        # The mean and one over the standard deviation of every channel, and the scale once more for every image.
        return Kept(inputs=True, values=(2 + self.affine) * volumes[0].depth, in_one_piece=True)

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        return normalised(output.spatial, output.depth, execution.images)

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        (x,) = arrays
        out = run.normalise(x, tuple(range(1, x.ndim - 1)), self.eps)
        if self.affine:
            out *= run.fit(weights["scale"], x.shape[-1:])
            out += run.fit(weights["shift"], x.shape[-1:], role="bias")
        return out
