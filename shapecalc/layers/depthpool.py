"""DEPTHPOOL: pooling over depth; with the maximum, a maxout layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shapecalc.arguments import Argument, choice, count
from shapecalc.layer import Layer, Volume
from shapecalc.window import ShapeError

if TYPE_CHECKING:
    from shapecalc.reference import Array, Run


class DepthPool(Layer):
    """Slides over the channels, F of them at a time: the depth shrinks, width and height stay."""

    kind = "DEPTHPOOL"
    aliases = {"MAXOUT": {}, "CHANNELPOOL": {}}
    signature = (
        Argument("F", "extent", count, 2, ("extent", "kernel", "size"), assumed=True),
        Argument("S", "stride", count, 2, ("stride",), assumed=True),
        Argument("mode", "mode", choice("max", "avg", "l2"), "max"),
    )
    extent: int
    stride: int
    mode: str
    bucket = "pool"

    @classmethod
    def defaults(cls, written: Mapping[str, Any]) -> dict[str, Any]:
        return {"stride": written["extent"]} if "extent" in written else {}

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        room = volume.depth - self.extent
        if room < 0 or room % self.stride:
            raise ShapeError(
                "SHP205" if room < 0 else "SHP204",
                f"DEPTHPOOL does not divide the depth: ({volume.depth} − {self.extent})/{self.stride} + 1 "
                "is not a whole number of groups",
                label=f"expected a depth that windows of {self.extent}, moved by {self.stride}, cover",
            )
        return Volume(volume.spatial, room // self.stride + 1, volume.flat)

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        np, (x,) = run.np, arrays
        starts = np.arange(0, x.shape[-1] - self.extent + 1, self.stride)
        groups = x[..., np.add.outer(starts, np.arange(self.extent))]
        if self.mode == "l2":
            return run.array(np.sqrt(np.square(groups).sum(axis=-1)))
        return run.array(groups.max(axis=-1) if self.mode == "max" else groups.mean(axis=-1))
