"""SCALE: one learned factor a channel, perhaps with a shift."""

from __future__ import annotations

from shapecalc.core.layer import Array, Arrays, Kept, Layer, Run, Volume, Weight
from shapecalc.core.parameters import argument, flag


class Scale(Layer):
    """scale · x + shift: LeNet-5's subsampling has both, ConvNeXt's layer scale only the factor."""

    kind = "SCALE"
    aliases = {"LAYERSCALE": {"bias": False}}
    bias: bool = argument("bias", flag, True)
    formulas = {"scale": "D", "shift": "D"}
    op_category = "elementwise"
    precision = "promoted"
    in_place = True
    keeps = Kept(factors=True)

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        scale = Weight("scale", (volumes[0].depth,), "scale")
        return (scale, Weight("shift", (volumes[0].depth,), "shift")) if self.bias else (scale,)

    def backward_scratch(self, *volumes: Volume) -> int:
        return volumes[0].size

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        factor = run.fit(weights["scale"], x.shape[-1:])
        shift = run.fit(weights["shift"], x.shape[-1:], role="bias") if self.bias else 0
        return run.scale(x, factor, shift)
