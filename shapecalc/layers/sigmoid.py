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
        np = run.np

        def logistic(v: Array) -> Array:
            # exp(x)/(1 + exp(x)) keeps the far tail, which the form with tanh rounds to 0; exp(88) does not overflow.
            e = np.minimum(v, np.float32(88))
            np.exp(e, out=e)
            return run.array(np.divide(e, 1 + e, out=e))

        return run.apply(logistic, *arrays)
