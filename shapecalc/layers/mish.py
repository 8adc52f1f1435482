"""MISH: an activation function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shapecalc.layer import Layer

if TYPE_CHECKING:
    from shapecalc.reference import Array, Run


class Mish(Layer):
    """x · tanh(softplus(x))."""

    kind = "MISH"
    bucket = "activation"
    in_place = True

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        np = run.np
        return run.apply(lambda v: v * np.tanh(np.logaddexp(v, 0)), *arrays)
