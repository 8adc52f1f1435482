"""PAD: zeros around the volume, as a layer of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shapecalc.core.layer import AccessPattern, Array, Arrays, Kept, Layer, Run, Volume
from shapecalc.core.padding import Padding, border
from shapecalc.core.parameters import Ends, argument, ends
from shapecalc.core.volumes import require_space


class Pad(Layer):
    """P positions of zeros on every side, or (left,right,top,bottom); with `depth` channels of zeros after the others.

    `depth=(8,8)` are 8 channels before and 8 after, and the size stays unless P is written.
    """

    copies = 0

    kind = "PAD"
    example = "INPUT(28x28x1) => PAD(2)"
    aliases = {
        "ZEROPADDING2D": {}, "ZEROPAD2D": {}, "ZEROPADDING1D": {}, "ZEROPADDING3D": {}, "ZEROPAD1D": {},
        "ZEROPAD3D": {}, "ZEROPADDING": {},
    }  # fmt: skip
    padding: Padding = argument("P", border, Padding("", ((1, 1),)), ("pad", "padding"), assumed=True)
    depth: Ends = argument("depth", ends, Ends((0, 0)), ("channels",), one_channel=Ends((0, 0)))

    formulas = {"size": "W + P + P", "depth": "D + depth + depth"}
    keeps = Kept()

    @classmethod
    def defaults(cls, written: Mapping[str, Any]) -> dict[str, Any]:
        return {"padding": Padding("", ((0, 0),))} if "depth" in written else {}

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        if any(n for pair in self.padding.pairs for n in pair):
            require_space(self, volume, "pads width and height")
        pairs = self.padding.each(len(volume.spatial))
        spatial = tuple(w + a + b for w, (a, b) in zip(volume.spatial, pairs, strict=True))
        return Volume(spatial, volume.depth + sum(self.depth), volume.flat)

    def access(self, volume: Volume) -> tuple[AccessPattern, ...]:
        return tuple(AccessPattern(1, -a, -a) for a, _ in self.padding.each(len(volume.spatial)))

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        return run.array(run.np.pad(x, ((0, 0), *run.borders(x, self.padding), tuple(self.depth))))
