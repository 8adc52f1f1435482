"""DEPTHPOOL: pooling over depth; with the maximum, a maxout layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shapecalc.core.kept import INDEX, Device, Kept
from shapecalc.core.layer import Array, Arrays, Layer, Run, Volume
from shapecalc.core.parameters import argument, choice, count
from shapecalc.core.scratch import Execution
from shapecalc.core.window import ShapeError, Window


class DepthPool(Layer):
    """Slides over the channels, F of them at a time: the depth shrinks, width and height stay."""

    kind = "DEPTHPOOL"
    example = "INPUT(14x14x64) => DEPTHPOOL(2)"
    aliases = {"MAXOUT": {}, "CHANNELPOOL": {}}
    extent: int = argument("F", count, 2, ("extent", "kernel", "size"), assumed=True, one_channel=1)
    stride: int = argument("S", count, 2, ("stride",), assumed=True)
    mode: str = argument("mode", choice("max", "avg", "l2"), "max")
    formulas = {"depth": "(D − F)/S + 1"}
    op_category = "pool"

    @classmethod
    def defaults(cls, written: Mapping[str, Any]) -> dict[str, Any]:
        return {"stride": written["extent"]} if "extent" in written else {}

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        if self.extent > volume.depth:
            raise ShapeError(
                "SHP205",
                f"DEPTHPOOL is larger than its input: a window of {self.extent} channels on {volume.depth}",
                label=f"expected a depth of at least {self.extent}, found {volume.depth}",
                help=(f"write F={volume.depth} or less",),
            )
        return Volume(volume.spatial, self.depth_window.outputs(volume.depth), volume.flat)

    @property
    def depth_window(self) -> Window:
        return Window(self.extent, self.stride)

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        (volume,) = volumes
        outputs = self.output(volume).size
        if self.mode == "max":
            return Kept(inputs=True, bytes=INDEX * outputs)
        return Kept(inputs=True, values=outputs if self.mode == "l2" else 0)

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        # The squares under one tap.
        return execution.images * output.size if self.mode == "l2" else 0

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        np, (x,) = run.np, arrays
        last = range(0, x.shape[-1] - self.extent + 1, self.stride)[-1]
        taps = (x[..., first : first + last + 1 : self.stride] for first in range(self.extent))
        if self.mode == "max":
            out = run.copied(next(taps))
            for tap in taps:
                np.maximum(out, tap, out=out)
            return out
        out = np.zeros((*x.shape[:-1], last // self.stride + 1), np.float32)
        for tap in taps:
            out += tap if self.mode == "avg" else np.square(tap)
        return run.array(
            np.divide(out, np.float32(self.extent), out=out) if self.mode == "avg" else np.sqrt(out, out=out)
        )
