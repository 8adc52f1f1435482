"""PIXELUNSHUFFLE: space to depth."""

from __future__ import annotations

from shapecalc.core.layer import AccessPattern, Array, Arrays, Kept, Layer, Run, Volume
from shapecalc.core.parameters import argument, count
from shapecalc.core.volumes import axis_name, require_space
from shapecalc.core.window import ShapeError


class PixelUnshuffle(Layer):
    """Every block of r pixels along each of n axes becomes r^n channels: the inverse of PIXELSHUFFLE.

    Channels are in PyTorch's order. TensorFlow's space_to_depth, Darknet's reorg3d and Swin's patch merging move the
    same values to the same positions, with the channels in another order. Darknet's `[reorg]` has the same size, but
    moves values to other positions, too.
    """

    kind = "PIXELUNSHUFFLE"
    example = "INPUT(56x56x96) => PIXELUNSHUFFLE(2)"
    aliases = {"SPACETODEPTH": {}, "REORG": {}, "PATCHMERGING": {}}
    copies = 0
    factor: int = argument("r", count, 2, ("factor", "downscale_factor", "block_size", "stride"), assumed=True)
    formulas = {"size": "W/r", "depth": "D·r^n"}
    keeps = Kept()

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        require_space(self, volume, "moves width and height to channels")
        rank = len(volume.spatial)
        for axis, size in enumerate(volume.spatial):
            if size % self.factor:
                raise ShapeError(
                    "SHP207",
                    f"{self.kind}({self.factor}) needs a {axis_name(axis, rank)[0]} that {self.factor} divides, "
                    f"and the input has {size}",
                    label=f"{size} / {self.factor} leaves a remainder of {size % self.factor}",
                    help=(f"an input of {size - size % self.factor or self.factor} fits, or PAD before it",),
                )
        return Volume(tuple(n // self.factor for n in volume.spatial), volume.depth * self.factor**rank)

    def access(self, volume: Volume) -> tuple[AccessPattern, ...]:
        return (AccessPattern(self.factor, 0, self.factor - 1),) * len(volume.spatial)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        # A channel's number counts channels of the input first, then the places in a block, the last axis slowest.
        (x,) = arrays
        rank, r = x.ndim - 2, self.factor
        blocks = [run.share(n, r) for n in x.shape[1:-1]]
        parts = x.reshape(x.shape[0], *(n for block in blocks for n in (block, r)), x.shape[-1])
        order = [0, *range(1, 2 * rank, 2), 2 * rank + 1, *range(2 * rank, 0, -2)]
        return run.copied(parts.transpose(order)).reshape(x.shape[0], *blocks, -1)
