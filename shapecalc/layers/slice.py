"""SLICE: some of the channels."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.core.kept import Device, Kept
from shapecalc.core.layer import Array, Layer, Run, Volume
from shapecalc.core.layout import Layout
from shapecalc.core.parameters import argument, count, natural
from shapecalc.core.window import ShapeError


class Slice(Layer):
    """Channels start up to, not including, stop: ShuffleNet v2 splits its input so."""

    copies = 0

    kind = "SLICE"
    example = "INPUT(28x28x116) => SLICE(58, 116)"
    aliases = {"SPLIT": {}}
    start: int = argument("start", natural, required=True, names=("begin",), one_channel=0)
    stop: int = argument("stop", count, required=True, names=("end",), one_channel=1)
    formulas = {"depth": "stop − start"}

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        if not self.start < self.stop <= volume.depth:
            raise ShapeError(
                "SHP214",
                f"SLICE takes channels {self.start} to {self.stop} of an input that has {volume.depth}",
                label=f"expected 0 <= start < stop <= {volume.depth}",
            )
        return Volume(volume.spatial, self.stop - self.start, volume.flat)

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept()

    def training_view(self, layout: Layout, output: Volume) -> Layout | None:
        return layout.narrowed(1, output.depth)

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        (x,) = arrays
        return x[..., self.start : self.stop].copy()
