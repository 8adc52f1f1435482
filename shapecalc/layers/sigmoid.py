"""SIGMOID: an activation function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shapecalc.layer import Layer

if TYPE_CHECKING:
    from shapecalc.reference import Array, Run


class Sigmoid(Layer):
    """1/(1 + exp(−x))."""

    kind = "SIGMOID"
    aliases = {"LOGISTIC": {}}
    bucket = "activation"
    in_place = True

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        return run.apply(lambda v: 0.5 * (1 + run.np.tanh(0.5 * v)), *arrays)
