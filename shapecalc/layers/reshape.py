"""RESHAPE: the same values as another volume."""

from __future__ import annotations

from math import prod
from typing import Any

from shapecalc.core.layer import Array, Arrays, Kept, Layer, Run, Volume
from shapecalc.core.parameters import Sizes, argument, as_one_size, whole_volume
from shapecalc.core.window import ShapeError


class Reshape(Layer):
    """Gives the values another width, height and depth, as decoders do after their first FC."""

    kind = "RESHAPE"
    example = "INPUT(1x1x8192) => RESHAPE(4x4x512)"
    aliases = {"UNFLATTEN": {}}
    size: Sizes = argument("size", whole_volume, required=True)
    view = True
    is_global = True
    keeps = Kept()

    @classmethod
    def gather(cls, positional: list[Any], named: dict[str, Any]) -> list[Any]:
        return as_one_size(positional)

    def output(self, *volumes: Volume) -> Volume:
        result = Volume(tuple(self.size[:-1]), self.size[-1])
        if result.size != volumes[0].size:
            raise ShapeError(
                "SHP214",
                f"RESHAPE to {result} needs {result.size:,} values, and {volumes[0]} has {volumes[0].size:,}",
                label=f"expected {volumes[0].size:,} values, found {result.size:,}",
            )
        return result

    def arguments_for(self, *volumes: Volume) -> tuple[dict[str, Any], ...]:
        depth, left = divmod(volumes[0].size, prod(self.size[:-1]))
        return () if left else ({"size": Sizes((*self.size[:-1], depth))},)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        return x.reshape(x.shape[0], *self.size)
