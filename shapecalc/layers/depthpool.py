"""DEPTHPOOL: pooling over depth; with the maximum, a maxout layer."""

from collections.abc import Mapping
from typing import Any

from shapecalc.layer import Argument, Layer, Volume, choice, count
from shapecalc.window import ShapeError


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
