"""A layer of another tool that the language has no word for, with what its file states of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from shapecalc.core.kept import Device, Kept
from shapecalc.core.layer import Array, Layer, Run, Volume, Weight


class Opaque(Layer):
    """Gives the volume that the file states, owns the parameters that it states, and is never run."""

    kind = "OPAQUE"
    opaque = True
    is_global = True
    volume: Volume
    params: int
    buffers: int

    def changed(self, **values: Any) -> Self:
        return type(self)(volume=self.volume, params=self.params, buffers=self.buffers, **values)

    def output(self, *volumes: Volume) -> Volume:
        return self.volume

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        stated = (Weight("stated", (self.params,), "scale"), Weight("state", (self.buffers,), "running"))
        return tuple(weight for weight in stated if weight.size)

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept(inputs=True)

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        raise run.no_forward("the file does not say what this layer computes")
