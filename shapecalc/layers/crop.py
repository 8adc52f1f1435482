"""CROP: cuts the border off."""

from __future__ import annotations

from typing import Any

from shapecalc.core.layer import AccessPattern, Array, Arrays, Kept, Layer, Run, Volume
from shapecalc.core.layout import Layout
from shapecalc.core.padding import Padding, border
from shapecalc.core.parameters import argument
from shapecalc.core.volumes import axis_name, require_space
from shapecalc.core.window import ShapeError


class Crop(Layer):
    """P positions less on every side, or (left,right,top,bottom): U-Net's copies are cropped so."""

    copies = 0

    kind = "CROP"
    example = "INPUT(64x64x512) => CROP(4)"
    aliases = {"CROPPING": {}, "CROPPING2D": {}, "CROPPING1D": {}, "CROPPING3D": {}, "CENTERCROP": {}}
    padding: Padding = argument("P", border, Padding("", ((1, 1),)), ("pad", "padding", "crop"), assumed=True)
    formulas = {"size": "W − P − P"}
    keeps = Kept()

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        require_space(self, volume, "crops width and height")
        pairs = self.padding.each(len(volume.spatial))
        spatial = tuple(w - a - b for w, (a, b) in zip(volume.spatial, pairs, strict=True))
        for axis, (left, (a, b)) in enumerate(zip(spatial, pairs, strict=True)):
            if left < 1:
                noun = axis_name(axis, len(spatial))[0]
                raise ShapeError(
                    "SHP211",
                    f"CROP leaves nothing: the {noun} would be {volume.spatial[axis]} − {a} − {b} = {left}",
                    label=f"expected less than {volume.spatial[axis]} in all, found {a + b}",
                )
        return Volume(spatial, volume.depth)

    def arguments_for(self, *volumes: Volume) -> tuple[dict[str, Any], ...]:
        """What cuts off all but the size that is written: `CROP(56)` on 64x64 may be meant so."""
        sizes = volumes[0].spatial
        kept = [a for a, b in self.padding.each(len(sizes)) if a == b]
        if len(kept) < len(sizes) or any(size > width for size, width in zip(kept, sizes, strict=True)):
            return ()
        cut = tuple((n // 2, n - n // 2) for n in (width - size for size, width in zip(kept, sizes, strict=True)))
        return ({"padding": Padding("", cut[:1] if len(set(cut)) == 1 and cut[0][0] == cut[0][1] else cut)},)

    def access(self, volume: Volume) -> tuple[AccessPattern, ...]:
        return tuple(AccessPattern(1, a, a) for a, _ in self.padding.each(len(volume.spatial)))

    def training_view(self, layout: Layout, output: Volume) -> Layout | None:
        for axis, size in enumerate(reversed(output.spatial), 2):
            layout = layout.narrowed(axis, size)
        return layout

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        kept = (slice(a, n - b) for n, (a, b) in zip(x.shape[1:-1], run.borders(x, self.padding), strict=True))
        return x[(slice(None), *kept)].copy()
