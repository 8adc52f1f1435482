"""UPSAMPLE: enlarges width and height without weights."""

from __future__ import annotations

from shapecalc.core.exact import is_exact
from shapecalc.core.families import Resampling, resampled_access
from shapecalc.core.layer import AccessPattern, Array, Arrays, Run, Volume
from shapecalc.core.parameters import ArgumentError, Sizes, Value, argument, choice, show, sizes
from shapecalc.core.volumes import require_space
from shapecalc.core.window import ShapeError

LARGEST_FACTOR = 1000
"""More is a slip."""


def factors(value: Value) -> Sizes:
    """`2`, `2x3`, or a fraction for every axis: `1.5` makes 20 positions 30, `0.5` makes 35 positions 17.

    Raises ArgumentError.
    """
    if is_exact(value) and value.denominator != 1:
        if not 0 < value < LARGEST_FACTOR:
            raise ArgumentError(f"must be a number above 0, and this is {show(value)}")
        return Sizes((value,))  # type: ignore[arg-type]
    return sizes(value)


class Upsample(Resampling):
    """Every axis `factor` times as long: nearest repeats, bilinear interpolates between pixel centres."""

    kind = "UPSAMPLE"
    example = "INPUT(16x16x128) => UPSAMPLE(2)"
    aliases = {
        "UPSAMPLING2D": {}, "UPSAMPLING1D": {}, "UPSAMPLING3D": {}, "UPSAMPLING": {}, "UPSAMPLINGNEAREST2D": {},
        "UPSAMPLINGBILINEAR2D": {"mode": "bilinear"},
    }  # fmt: skip
    factor: Sizes = argument("factor", factors, Sizes((2,)), ("scale", "scale_factor", "size"), assumed=True)
    mode: str = argument("mode", choice("nearest", "bilinear"), "nearest", ("interpolation",))
    formulas = {"size": "floor(W·factor)"}

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        require_space(self, volume, "enlarges width and height")
        factors = self.factor.over(len(volume.spatial))
        spatial = tuple(int(w * f) for w, f in zip(volume.spatial, factors, strict=True))
        if any(n < 1 for n in spatial):  # sizes are tried axis by axis, and a sequence has none of the second
            raise ShapeError(
                "SHP211",
                f"UPSAMPLE leaves nothing: {min(volume.spatial)} times {show(min(factors))} is less than 1",
            )
        return Volume(spatial, volume.depth)

    def access(self, volume: Volume) -> tuple[AccessPattern, ...]:
        return resampled_access(self.factor.over(len(volume.spatial)), self.mode)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        return run.lengthen(x, self.factor, smooth=self.mode == "bilinear")
