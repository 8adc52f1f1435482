"""SELU: an activation function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shapecalc.layer import Layer

if TYPE_CHECKING:
    from shapecalc.reference import Array, Run

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805


class Selu(Layer):
    """The scaled ELU, with the two constants of Klambauer et al. 2017."""

    kind = "SELU"
    bucket = "activation"
    in_place = True

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        np = run.np
        return run.apply(lambda v: SCALE * np.where(v > 0, v, ALPHA * np.expm1(np.minimum(v, 0))), *arrays)
