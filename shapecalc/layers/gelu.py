"""GELU: an activation function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shapecalc.layer import Layer

if TYPE_CHECKING:
    from shapecalc.reference import Array, Run


class Gelu(Layer):
    """x · Φ(x), with the exact normal distribution function."""

    kind = "GELU"
    bucket = "activation"
    in_place = True

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        return run.apply(lambda v: 0.5 * v * (1 + run.erf(v * run.np.float32(0.5**0.5))), *arrays)
