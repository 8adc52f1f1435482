"""SILU: an activation function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shapecalc.layer import Layer

if TYPE_CHECKING:
    from shapecalc.reference import Array, Run


class Silu(Layer):
    """x · sigmoid(x), also called swish."""

    kind = "SILU"
    aliases = {"SWISH": {}}
    bucket = "activation"
    in_place = True

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        return run.apply(lambda v: 0.5 * v * (1 + run.np.tanh(0.5 * v)), *arrays)
