"""RESIZE: another width and height, whatever they were, without weights."""

from __future__ import annotations

from shapecalc.core.exact import Exact, divided
from shapecalc.core.families import Resampling, resampled_access
from shapecalc.core.layer import AccessPattern, Array, Arrays, Layer, Run, Volume
from shapecalc.core.parameters import Sizes, argument, choice, sizes
from shapecalc.core.volumes import require_space


class Resize(Resampling):
    """Gives width and height this size, `RESIZE(56x40)`, or that of the point c4, `RESIZE(@c4)`.

    Nearest repeats, bilinear interpolates.

    Pixel centres are kept (PyTorch's align_corners=False), and nothing is averaged where it shrinks.
    """

    kind = "RESIZE"
    example = "INPUT(20x20x256) => RESIZE(40)"
    aliases = {"INTERPOLATE": {}, "RESIZING": {"mode": "bilinear"}}
    size: Sizes = argument("size", sizes, names=("output_size",), required=True)
    mode: str = argument("mode", choice("nearest", "bilinear"), "nearest", ("interpolation",))
    formulas = {"size": "size"}

    def factors(self, spatial: tuple[int, ...]) -> tuple[Exact, ...]:
        """How many times as long each axis becomes."""
        return tuple(divided(n, w) for n, w in zip(self.size.over(len(spatial)), spatial, strict=True))

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        require_space(self, volume, "changes width and height")
        return Volume(self.size.over(len(volume.spatial)), volume.depth)

    def on_larger(self, size: int, larger: int) -> Layer | None:
        longer, rest = divmod(self.size[0] * larger, size)
        return None if rest else self.changed(size=Sizes((longer,)))

    def access(self, volume: Volume) -> tuple[AccessPattern, ...]:
        return resampled_access(self.factors(volume.spatial), self.mode)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        sizes = tuple(self.size) * (x.ndim - 2 if len(self.size) == 1 else 1)
        return run.resize(x, sizes, smooth=self.mode == "bilinear")
