"""PIXELSHUFFLE: depth to space."""

from fractions import Fraction

from shapecalc.layer import Argument, Layer, Reach, Volume, count
from shapecalc.window import ShapeError


class PixelShuffle(Layer):
    """Every r^n channels become an r times longer block of pixels (n spatial axes)."""

    kind = "PIXELSHUFFLE"
    aliases = {"DEPTHTOSPACE": {}}
    signature = (Argument("r", "factor", count, 2, ("factor", "upscale_factor", "block_size"), assumed=True),)
    factor: int

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        block = self.factor ** len(volume.spatial)
        if volume.depth % block:
            raise ShapeError(
                "SHP207",
                f"PIXELSHUFFLE({self.factor}) needs a depth that {block} divides, and the input has {volume.depth}",
                label=f"{volume.depth} / {block} leaves a remainder of {volume.depth % block}",
            )
        return Volume(tuple(w * self.factor for w in volume.spatial), volume.depth // block)

    def reach(self, volume: Volume) -> tuple[Reach, ...]:
        step = Fraction(1, self.factor)
        return (Reach(step, step - 1, Fraction(0)),) * len(volume.spatial)
