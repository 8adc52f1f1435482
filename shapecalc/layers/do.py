"""DO: dropout."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.core.kept import Device, Kept, mask
from shapecalc.core.layer import Array, Layer, Run, Volume
from shapecalc.core.layout import Layout
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

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept(bytes=mask(volumes[0].size, device) if self.p else 0)

    def training_view(self, layout: Layout, output: Volume) -> Layout | None:
        return None if self.p else layout

    def passes_gradient(self, volume: Volume, output: Volume) -> bool:
        return not self.p

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        (x,) = arrays
        return x
