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
        np = run.np

        def swish(v: Array) -> Array:
            # x · exp(x)/(1 + exp(x)) by the root of exp(x), which stays a full number where exp(x) no longer is one.
            root = np.exp(np.minimum(v, np.float32(88)) * np.float32(0.5))
            return run.array(v * (root / (1 + root * root)) * root)

        return run.apply(swish, *arrays)
