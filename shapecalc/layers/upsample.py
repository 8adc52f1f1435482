"""UPSAMPLE: enlarges width and height without weights."""

from fractions import Fraction
from typing import Any

from shapecalc.layer import Argument, Layer, Reach, Sizes, Volume, choice, sizes


class Upsample(Layer):
    """Every axis `factor` times as long: nearest repeats, bilinear interpolates between pixel centres."""

    kind = "UPSAMPLE"
    aliases: dict[str, dict[str, Any]] = {
        "UPSAMPLING2D": {},
        "UPSAMPLING1D": {},
        "UPSAMPLING3D": {},
        "UPSAMPLING": {},
    }
    signature = (
        Argument("factor", "factor", sizes, Sizes((2,)), ("scale", "scale_factor", "size"), assumed=True),
        Argument("mode", "mode", choice("nearest", "bilinear"), "nearest", ("interpolation",)),
    )
    factor: Sizes
    mode: str
    bucket = "elementwise"

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        factors = self.factor.over(len(volume.spatial))
        return Volume(tuple(w * f for w, f in zip(volume.spatial, factors, strict=True)), volume.depth)

    def reach(self, volume: Volume) -> tuple[Reach, ...]:
        factors = self.factor.over(len(volume.spatial))
        if self.mode == "nearest":
            return tuple(Reach(Fraction(1, f), Fraction(1 - f, f), Fraction(0)) for f in factors)
        # A pixel centre lies at (o + 1/2)/f − 1/2 and is mixed from the two inputs around it.
        return tuple(
            Reach(
                Fraction(1, f),
                Fraction(1, 2 * f) - Fraction(3, 2) + Fraction(1, f),
                Fraction(1, 2 * f) + Fraction(1, 2),
            )
            for f in factors
        )
