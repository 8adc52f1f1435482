"""LRELU: an activation function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shapecalc.arguments import Argument, real
from shapecalc.layer import Layer

if TYPE_CHECKING:
    from shapecalc.reference import Array, Run


class LRelu(Layer):
    """x where it is positive, slope · x elsewhere."""

    kind = "LRELU"
    aliases = {"LEAKYRELU": {}, "LEAKY": {}}
    signature = (Argument("slope", "slope", real, 0.01, ("negative_slope", "alpha")),)
    slope: float
    bucket = "activation"
    in_place = True

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        return run.apply(lambda v: run.np.where(v > 0, v, self.slope * v), *arrays)
