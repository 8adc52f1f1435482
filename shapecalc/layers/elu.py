"""ELU: an activation function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shapecalc.arguments import Argument, real
from shapecalc.layer import Layer

if TYPE_CHECKING:
    from shapecalc.reference import Array, Run


class Elu(Layer):
    """x where it is positive, alpha · (exp(x) − 1) elsewhere."""

    kind = "ELU"
    signature = (Argument("alpha", "alpha", real, 1.0, ("slope",)),)
    alpha: float
    bucket = "activation"
    in_place = True

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        np = run.np
        return run.apply(lambda v: np.where(v > 0, v, self.alpha * np.expm1(np.minimum(v, 0))), *arrays)
