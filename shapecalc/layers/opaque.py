"""OPAQUE: a layer that the language has no word for, with what is stated of it."""

from __future__ import annotations

from typing import Any

from shapecalc.core.layer import Array, Arrays, Layer, Run, Volume, Weight
from shapecalc.core.parameters import Sizes, argument, as_one_size, figure, flag, whole_volume


class Opaque(Layer):
    """Gives the volume that is stated, owns the parameters and does the MACs that are stated, and is never run.

    `OPAQUE(14x14x256, params=590080, macs=115605504)`. A layer of another tool's file without a counterpart is one too.
    One that reads several layers has them as branches: `OPAQUE(8400x84)[ @p3 | @p4 | @p5 ]`.
    """

    kind = "OPAQUE"
    example = "INPUT(7x7x512) => OPAQUE(7x7x256, params=590080, macs=28901376)"
    opaque = True
    may_join = True
    is_global = True
    size: Sizes = argument("size", whole_volume, names=("output",), required=True)
    params: int = argument("params", figure, 0, ("parameters",))
    buffers: int = argument("buffers", figure, 0)
    macs: int = argument("macs", figure, 0)
    flat: bool = argument("flat", flag, False)

    @classmethod
    def gather(cls, positional: list[Any], named: dict[str, Any]) -> list[Any]:
        return as_one_size(positional)

    def output(self, *volumes: Volume) -> Volume:
        return Volume(tuple(self.size[:-1]), self.size[-1], self.flat)

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        stated = (Weight("stated", (self.params,), "scale"), Weight("state", (self.buffers,), "running"))
        return tuple(weight for weight in stated if weight.size)

    def products(self, *volumes: Volume) -> int:
        return self.macs

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        raise run.no_forward("it is not known what this layer computes")
