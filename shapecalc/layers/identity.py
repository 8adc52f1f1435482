"""IDENTITY: nothing happens."""

from __future__ import annotations

from shapecalc.core.layer import Array, Arrays, Kept, Layer, Run


class Identity(Layer):
    """What comes in goes out, as frameworks write the place of a layer that was taken away."""

    kind = "IDENTITY"
    view = True
    keeps = Kept()

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        return x
