"""SCALE: one learned factor a channel, or one for all, perhaps with a shift."""

from __future__ import annotations

from shapecalc.core.layer import Array, Arrays, Kept, Layer, Run, Volume, Weight
from shapecalc.core.parameters import argument, flag


class Scale(Layer):
    """scale · x + shift: LeNet-5's subsampling has both, ConvNeXt's layer scale only the factor.

    With `shared=true` all channels have one factor and one shift, as where attention is added times a learned number.
    """

    kind = "SCALE"
    aliases = {"LAYERSCALE": {"bias": False}}
    bias: bool = argument("bias", flag, True)
    shared: bool = argument("shared", flag, False)
    op_category = "elementwise"
    precision = "promoted"
    in_place = True
    keeps = Kept(factors=True)

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        shape = (1 if self.shared else volumes[0].depth,)
        return (Weight("scale", shape, "scale"), *([Weight("shift", shape, "shift")] if self.bias else []))

    def backward_scratch(self, *volumes: Volume) -> int:
        return volumes[0].size

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        one = (1,) if self.shared else x.shape[-1:]
        factor = run.fit(weights["scale"], one)
        shift = run.fit(weights["shift"], one, role="bias") if self.bias else 0
        return run.scale(x, factor, shift)
