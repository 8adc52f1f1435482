"""PAD: zeros around the volume, as a layer of its own."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.core.kept import Device, Kept
from shapecalc.core.layer import AccessPattern, Array, Layer, Run, Volume
from shapecalc.core.padding import Padding, border
from shapecalc.core.parameters import argument
from shapecalc.core.volumes import require_space


class Pad(Layer):
    """P positions of zeros on every side, or (left,right,top,bottom)."""

    copies = 0

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
    padding: Padding = argument("P", border, Padding("", ((1, 1),)), ("pad", "padding"), assumed=True)

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        require_space(self, volume, "pads width and height")
        pairs = self.padding.each(len(volume.spatial))
        spatial = tuple(w + a + b for w, (a, b) in zip(volume.spatial, pairs, strict=True))
        return Volume(spatial, volume.depth)

    def access(self, volume: Volume) -> tuple[AccessPattern, ...]:
        return tuple(AccessPattern(1, -a, -a) for a, _ in self.padding.each(len(volume.spatial)))

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept()

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        (x,) = arrays
        return run.array(run.np.pad(x, ((0, 0), *run.borders(x, self.padding), (0, 0))))
