"""PRELU: an activation function with weights."""

from __future__ import annotations

from shapecalc.core.layer import Array, Arrays, Layer, Run, Volume, Weight
from shapecalc.core.parameters import argument, flag
from shapecalc.core.scratch import Execution


class PRelu(Layer):
    """x where it is positive, a learned slope · x elsewhere: one slope a channel, or one for all, or one a value."""

    kind = "PRELU"
    shared: bool = argument("shared", flag, False)
    each: bool = argument("each", flag, False)
    op_category = "activation"
    precision = "half"
    in_place = True
    in_place_form = False

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        (volume,) = volumes
        if self.each:
            return (Weight("slope", volume.sizes, "scale"),)
        return (Weight("slope", (1 if self.shared else volume.depth,), "scale"),)

    def backward_scratch(self, *volumes: Volume) -> int:
        # The gradient of a slope is the sum of one for every value.
        return volumes[0].size

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        # products, and the result, which is no longer in the input's place
        return 3 * execution.images * output.size if self.each else super().scratch(execution, output, *volumes)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        if self.each:
            slopes = run.fit(weights["slope"], x.shape[1:])
            return run.array(run.np.where(x > 0, x, slopes * x))
        slope = run.fit(weights["slope"], (1 if self.shared else x.shape[-1],))
        return run.apply(lambda v, _: run.np.where(v > 0, v, slope * v), x)
