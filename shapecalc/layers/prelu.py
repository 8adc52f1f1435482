"""PRELU: an activation function with weights."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.core.layer import Array, Layer, Run, Volume, Weight
from shapecalc.core.parameters import argument, flag


class PRelu(Layer):
    """x where it is positive, a learned slope · x elsewhere: one slope a channel, or one for all."""

    kind = "PRELU"
    shared: bool = argument("shared", flag, False)
    op_category = "activation"
    in_place = True
    in_place_form = False

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        return (Weight("slope", (1 if self.shared else volumes[0].depth,), "scale"),)

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        (x,) = arrays
        slope = run.fit(weights["slope"], (1 if self.shared else x.shape[-1],))
        return run.apply(lambda v: run.np.where(v > 0, v, slope * v), x)
