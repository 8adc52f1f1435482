"""LRELU: an activation function."""

from __future__ import annotations

from shapecalc.core.layer import Layer, Rows, Run
from shapecalc.core.parameters import Parameter, real


class LRelu(Layer):
    """x where it is positive, slope · x elsewhere."""

    kind = "LRELU"
    aliases = {"LEAKYRELU": {}, "LEAKY": {}}
    signature = (Parameter("slope", "slope", real, 0.01, ("negative_slope", "alpha")),)
    slope: float
    op_category = "activation"
    in_place = True

    def value(self, run: Run, x: Rows) -> Rows:
        return run.np.where(x > 0, x, self.slope * x)
