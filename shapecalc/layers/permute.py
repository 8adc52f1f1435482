"""PERMUTE: the axes of a volume in another order."""

from __future__ import annotations

from shapecalc.core.layer import Array, Arrays, Kept, Layer, Run, Volume
from shapecalc.core.layout import Layout
from shapecalc.core.parameters import LARGEST_EXTENT, ArgumentError, Value, argument, integer, show
from shapecalc.core.window import ShapeError


def ordering(value: Value) -> tuple[int, ...]:
    """`(2,1,3)`: which axis comes where, counted from 1; each is there once. Raises ArgumentError."""
    parts = value if isinstance(value, tuple) else (value,)
    order = tuple(integer(part, 1, LARGEST_EXTENT, "an order such as (2,1,3)") for part in parts)
    if sorted(order) != list(range(1, len(order) + 1)):
        raise ArgumentError(f"must name every axis once, such as (2,1,3), and this is {show(value)}")
    return order


class Permute(Layer):
    """Axis i of the result is axis order[i] of the input: width is 1, height 2, the depth the last.

    (2,1,3) turns an image by its diagonal.
    """

    kind = "PERMUTE"
    example = "INPUT(80x40x8) => PERMUTE((2,1,3))"
    aliases = {"TRANSPOSE": {}}
    order: tuple[int, ...] = argument("order", ordering, required=True)
    is_global = True
    keeps = Kept()

    @property
    def axis_order(self) -> tuple[int, ...]:
        return tuple(axis - 1 for axis in self.order)

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        if len(self.order) != len(volume.sizes):
            raise ShapeError(
                "SHP209",
                f"the order {show(self.order)} is for {len(self.order)} axes, and {volume} has {len(volume.sizes)}",
                label=f"expected an order of {len(volume.sizes)} axes, the depth among them",
            )
        sizes = tuple(volume.sizes[axis - 1] for axis in self.order)
        return Volume(sizes[:-1], sizes[-1], volume.flat and sizes == volume.sizes)

    def training_view(self, layout: Layout, output: Volume) -> Layout | None:
        # PyTorch has the images first, then the depth, then the spatial axes with the width last.
        rank = len(self.order) - 1
        place = {rank + 1: 1} | {axis: rank + 2 - axis for axis in range(1, rank + 1)}
        return layout.permuted((0, *(place[axis] for axis in reversed(self.order))))

    def passes_gradient(self, volume: Volume, output: Volume) -> bool:
        return True

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        return run.copied(x.transpose((0, *self.order)))
