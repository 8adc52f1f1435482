"""PIXELSHUFFLE: depth to space."""

from __future__ import annotations

from shapecalc.core.exact import divided
from shapecalc.core.layer import AccessPattern, Array, Arrays, Kept, Layer, Run, Volume
from shapecalc.core.parameters import argument, count
from shapecalc.core.volumes import require_space
from shapecalc.core.window import ShapeError


class PixelShuffle(Layer):
    """Every r^n channels become a block of pixels r long on each of n axes.

    Channels are in PyTorch's order: TensorFlow's depth_to_space has the same sizes with the channels in another order.
    """

    copies = 0

    kind = "PIXELSHUFFLE"
    example = "INPUT(32x32x64) => PIXELSHUFFLE(2)"
    aliases = {"DEPTHTOSPACE": {}}
    factor: int = argument("r", count, 2, ("factor", "upscale_factor", "block_size"), assumed=True)
    formulas = {"size": "W·r", "depth": "D/r^n"}
    keeps = Kept()

    @property
    def least_depth(self) -> int:
        return self.factor

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        require_space(self, volume, "moves channels to width and height")
        block = self.factor ** len(volume.spatial)
        if volume.depth % block:
            raise ShapeError(
                "SHP207",
                f"PIXELSHUFFLE({self.factor}) needs a depth that {block} divides, and the input has {volume.depth}",
                label=f"{volume.depth} / {block} leaves a remainder of {volume.depth % block}",
            )
        return Volume(tuple(w * self.factor for w in volume.spatial), volume.depth // block)

    def access(self, volume: Volume) -> tuple[AccessPattern, ...]:
        step = divided(1, self.factor)
        return (AccessPattern(step, step - 1, 0),) * len(volume.spatial)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        # A channel's number counts blocks first, then the places in a block, the last axis slowest (as PyTorch).
        (x,) = arrays
        rank, r = x.ndim - 2, self.factor
        parts = x.reshape(*x.shape[:-1], run.share(x.shape[-1], r**rank), *(r,) * rank)
        order = [0, *(i for axis in range(rank) for i in (1 + axis, 2 * rank + 1 - axis)), rank + 1]
        return run.copied(parts.transpose(order)).reshape(x.shape[0], *(n * r for n in x.shape[1:-1]), -1)
