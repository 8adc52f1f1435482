"""UPSAMPLE: enlarges width and height without weights."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from shapecalc.core.kept import Device, Kept
from shapecalc.core.layer import AccessPattern, Array, Layer, Run, Volume
from shapecalc.core.parameters import ArgumentError, Sizes, Value, argument, choice, show, sizes
from shapecalc.core.scratch import Execution, resampled
from shapecalc.core.volumes import require_space
from shapecalc.core.window import ShapeError


def factors(value: Value) -> Sizes:
    """`2`, `2x3`, or a fraction for every axis: `1.5` makes 20 positions 30, `0.5` makes 35 positions 17."""
    if isinstance(value, Fraction) and value.denominator != 1:
        if not 0 < value < 1000:
            raise ArgumentError(f"must be a number above 0, and this is {show(value)}")
        return Sizes((value,))  # type: ignore[arg-type]
    return sizes(value)


class Upsample(Layer):
    """Every axis `factor` times as long: nearest repeats, bilinear interpolates between pixel centres."""

    kind = "UPSAMPLE"
    aliases = {
        "UPSAMPLING2D": {},
        "UPSAMPLING1D": {},
        "UPSAMPLING3D": {},
        "UPSAMPLING": {},
        "UPSAMPLINGNEAREST2D": {},
        "UPSAMPLINGBILINEAR2D": {"mode": "bilinear"},
    }
    factor: Sizes = argument("factor", factors, Sizes((2,)), ("scale", "scale_factor", "size"), assumed=True)
    mode: str = argument("mode", choice("nearest", "bilinear"), "nearest", ("interpolation",))
    op_category = "elementwise"

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        require_space(self, volume, "enlarges width and height")
        factors = self.factor.over(len(volume.spatial))
        spatial = tuple(int(w * f) for w, f in zip(volume.spatial, factors, strict=True))
        if min(spatial) < 1:
            raise ShapeError(
                "SHP211",
                f"UPSAMPLE leaves nothing: {min(volume.spatial)} times {show(min(factors))} is less than 1",
            )
        return Volume(spatial, volume.depth)

    def access(self, volume: Volume) -> tuple[AccessPattern, ...]:
        factors = self.factor.over(len(volume.spatial))
        if self.mode == "nearest":
            return tuple(AccessPattern(1 / Fraction(f), Fraction(1, f.numerator) - 1, Fraction(0)) for f in factors)
        # A pixel centre lies at x = (o + 1/2)/f − 1/2 and is mixed from the inputs on both sides of it. With f = p/q
        # x lies a multiple of 1/p (of an odd 1/2p where p − q is odd) behind an input, at most so far:
        reaches = []
        for f in factors:
            share = Fraction(1, f.numerator * (1 + (f.numerator - f.denominator) % 2))
            first = 1 / Fraction(2 * f) - Fraction(1, 2)
            reaches.append(AccessPattern(1 / Fraction(f), first - 1 + share, first + 1 - share))
        return tuple(reaches)

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept()

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        (volume,) = volumes
        return resampled(volume.spatial, output.spatial, volume.depth, execution.images)

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        (x,) = arrays
        return run.lengthen(x, self.factor, smooth=self.mode == "bilinear")
