"""PAD: zeros around the volume, as a layer of its own."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from shapecalc.arguments import Argument, Sizes
from shapecalc.layer import Array, Layer, Reach, Run, Volume
from shapecalc.padding import Padding, padding
from shapecalc.shaping import require_space
from shapecalc.window import ShapeError


class Pad(Layer):
    """P positions of zeros on every side, or (left,right,top,bottom)."""

    kind = "PAD"
    aliases = {
        "ZEROPADDING2D": {},
        "ZEROPAD2D": {},
        "ZEROPADDING1D": {},
        "ZEROPADDING3D": {},
        "ZEROPAD1D": {},
        "ZEROPAD3D": {},
        "ZEROPADDING": {},
    }
    signature = (Argument("P", "padding", padding, Padding("", ((1, 1),)), ("pad", "padding"), assumed=True),)
    padding: Padding

    def pairs(self, volume: Volume) -> tuple[tuple[int, int], ...]:
        """(before, after) for every axis."""
        if self.padding.name:
            raise ShapeError("SHP103", f"PAD needs numbers, and P={self.padding} depends on a window")
        one = Sizes((1,))
        return self.padding.over(volume.spatial, one, one, one)

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        require_space(self, volume, "pads width and height")
        spatial = tuple(w + a + b for w, (a, b) in zip(volume.spatial, self.pairs(volume), strict=True))
        return Volume(spatial, volume.depth)

    def reach(self, volume: Volume) -> tuple[Reach, ...]:
        return tuple(Reach(Fraction(1), Fraction(-a), Fraction(-a)) for a, _ in self.pairs(volume))

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        (x,) = arrays
        return run.array(run.np.pad(x, ((0, 0), *run.borders(x, self.padding), (0, 0))))
