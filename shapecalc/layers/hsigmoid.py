"""HSIGMOID: an activation function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shapecalc.layer import Layer

if TYPE_CHECKING:
    from shapecalc.reference import Array, Run


class HSigmoid(Layer):
    """min(max(0, x + 3), 6)/6."""

    kind = "HSIGMOID"
    aliases = {"HARDSIGMOID": {}}
    bucket = "activation"
    in_place = True

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        return run.apply(lambda v: run.np.clip(v + 3, 0, 6) / 6, *arrays)
