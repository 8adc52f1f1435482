"""INPUT: where a network begins."""

from __future__ import annotations

from typing import Any

from shapecalc.core.layer import Array, Arrays, Kept, Layer, Run, Volume
from shapecalc.core.parameters import Sizes, argument, as_one_size, whole_volume

AXES = ("W", "WIDTH", "H", "HEIGHT", "Z", "D", "DEPTH", "C", "CHANNELS")
"""What its axes are called, in the order of a size: beside channels, a depth is the third axis."""


class Input(Layer):
    """The image, or whatever comes in: width x height x depth, as one size or as three numbers."""

    kind = "INPUT"
    example = "INPUT(227x227x3) => CONV(96, 11, S=4)"
    aliases = {"DATA": {}, "INPUTLAYER": {}, "IMAGE": {}}
    size: Sizes = argument("size", whole_volume, Sizes((224, 224, 3)), ("shape",), assumed=True)
    starts = True
    copies = 0
    keeps = Kept()

    @classmethod
    def gather(cls, positional: list[Any], named: dict[str, Any]) -> list[Any]:
        axes = [named.pop(name) for name in AXES if name in named]
        return as_one_size([*positional, *axes])

    def output(self, *volumes: Volume) -> Volume:
        return Volume(tuple(self.size[:-1]), self.size[-1])

    def resized(self, volume: Volume) -> Layer:
        return self.changed(size=Sizes(volume.sizes))

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (image,) = arrays
        return run.array(image).copy()
