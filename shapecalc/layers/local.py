"""LOCAL: locally connected, a convolution that does not share its filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shapecalc.arguments import PRESERVE, Argument, Padding, Sizes, choice, count, flag, padding, sizes
from shapecalc.layer import Layer, Volume, Weight, divide_into_groups, slide, windows_over
from shapecalc.window import Window

if TYPE_CHECKING:
    from shapecalc.reference import Array, Run


class Local(Layer):
    """One filter and one bias for every output position: without sharing, AlexNet's conv1 has 105,705,600."""

    kind = "LOCAL"
    aliases = {
        "LOCALLYCONNECTED": {},
        "LOCALLYCONNECTED2D": {},
        "LOCALLYCONNECTED1D": {},
    }
    signature = (
        Argument("K", "filters", count, 64, ("filters", "out", "out_channels", "num_output"), assumed=True),
        Argument("F", "extent", sizes, Sizes((3,)), ("extent", "kernel", "kernel_size", "size"), assumed=True),
        Argument("S", "stride", sizes, Sizes((1,)), ("stride", "strides"), assumed=True),
        Argument("P", "padding", padding, Padding("", ((0, 0),)), ("pad", "padding"), assumed=True),
        Argument("dilation", "dilation", sizes, Sizes((1,)), ("dilation_rate", "d")),
        Argument("groups", "groups", count, 1, ("group", "g")),
        Argument("bias", "bias", flag, True, ("use_bias",)),
        Argument("rounding", "rounding", choice("floor", "exact"), None),
    )
    filters: int
    extent: Sizes
    stride: Sizes
    padding: Padding
    dilation: Sizes
    groups: int
    bias: bool
    rounding: str | None
    bucket = "mac"

    @classmethod
    def defaults(cls, written: Mapping[str, Any]) -> dict[str, Any]:
        return {} if "extent" in written else {"padding": PRESERVE}

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
        kernel = Weight("kernel", (*positions, *extent, volume.depth // self.groups, self.filters), "kernel", 1, 1)
        return (kernel, Weight("bias", (*positions, self.filters), "bias")) if self.bias else (kernel,)

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        (x,) = arrays
        patches = run.windows(x, self.extent, self.stride, self.padding, self.dilation)
        channels = run.share(patches.depth, self.groups)
        kernel = run.fit(weights["kernel"], (*patches.counts, *patches.taps, channels, self.filters))
        bias = run.fit(weights["bias"], (*patches.counts, self.filters)) if self.bias else None
        return run.connect(patches, kernel, self.groups, bias)
