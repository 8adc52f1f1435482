"""LOCAL: locally connected, a convolution that does not share its filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shapecalc.core.convolution import BIAS, DILATION, EXTENT, FILTERS, GROUPS, PADDING, ROUNDING, STRIDE, bare_padding
from shapecalc.core.layer import Array, Layer, Run, Volume, Weight
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.core.scratch import Execution, Slide, padded_copy
from shapecalc.core.volumes import divide_into_groups, slide, windows_over
from shapecalc.core.window import Window


class Local(Layer):
    """One filter and one bias for every output position: without sharing, AlexNet's conv1 has 105,705,600."""

    kind = "LOCAL"
    example = "INPUT(227x227x3) => LOCAL(96, 11, S=4)"
    aliases = {
        "LOCALLYCONNECTED": {},
        "LOCALLYCONNECTED2D": {},
        "LOCALLYCONNECTED1D": {},
    }
    filters: int = FILTERS
    extent: Sizes = EXTENT
    stride: Sizes = STRIDE
    padding: Padding = PADDING
    dilation: Sizes = DILATION
    groups: int = GROUPS
    bias: bool = BIAS
    rounding: str | None = ROUNDING
    formulas = {"depth": "K", "kernel": "W2·W2·F·F·D/groups·K", "bias": "W2·W2·K", "uses": "1"}
    op_category = "mac"

    @classmethod
    def defaults(cls, written: Mapping[str, Any]) -> dict[str, Any]:
        return bare_padding(written)

    def windows(self, volume: Volume) -> tuple[Window, ...]:
        return windows_over(volume, self.extent, self.stride, self.padding, self.dilation)

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        divide_into_groups(self.groups, volume.depth, self.filters)
        return Volume(slide(self, volume), self.filters)

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        (volume,) = volumes
        positions = self.output(volume).spatial
        extent = self.extent.over(len(positions))
        kernel = Weight("kernel", (*positions, *extent, volume.depth // self.groups, self.filters), "kernel", 1)
        return (kernel, Weight("bias", (*positions, self.filters), "bias")) if self.bias else (kernel,)

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        # Windows are all gathered at once, and put in order for groups and images, and so is what comes out.
        (volume,) = volumes
        slide = Slide(self.windows(volume), volume.spatial, output.spatial, volume.depth)
        copies = 1 if self.groups == execution.images == 1 else 2
        kernel = self.weights(volume)[0].size if self.groups > 1 else 0
        return (
            padded_copy(slide, execution.images) + execution.images * (copies * slide.gathered + output.size) + kernel
        )

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        (x,) = arrays
        patches = run.windows(x, self.extent, self.stride, self.padding, self.dilation)
        channels = run.share(patches.depth, self.groups)
        kernel = run.fit(weights["kernel"], (*patches.counts, *patches.taps, channels, self.filters))
        bias = run.fit(weights["bias"], (*patches.counts, self.filters), role="bias") if self.bias else None
        return run.connect(patches, kernel, self.groups, bias)
