"""What layers that drop values at random have in common: they act while training only."""

from __future__ import annotations

from shapecalc.core.layer import Array, Arrays, Layer, Run, Volume
from shapecalc.core.layout import Layout


class Dropping(Layer):
    """The identity when the network is used, and with p=0; its own class says what is dropped, and what that keeps."""

    view = True
    p: float

    def training_view(self, layout: Layout, output: Volume) -> Layout | None:
        return None if self.p else layout

    def passes_gradient(self, volume: Volume, output: Volume) -> bool:
        return not self.p

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        return x
