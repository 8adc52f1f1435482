"""DO: dropout."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.core.layer import Array, Layer, Run
from shapecalc.core.parameters import argument, probability


class Dropout(Layer):
    """Drops each value with probability p while training; the identity when the network is used."""

    kind = "DO"
    aliases = {
        "DROPOUT": {}, "DROP": {}, "DROPOUT1D": {}, "DROPOUT2D": {}, "DROPOUT3D": {}, "SPATIALDROPOUT1D": {},
        "SPATIALDROPOUT2D": {}, "SPATIALDROPOUT3D": {},
    }  # fmt: skip
    p: float = argument("p", probability, 0.5, ("rate",), assumed=True)
    view = True

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        (x,) = arrays
        return x
