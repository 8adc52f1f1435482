"""DWCONV: depthwise convolution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shapecalc.arguments import PRESERVE, Argument, Padding, Sizes, choice, count, flag, padding, sizes
from shapecalc.layer import Layer, Volume, Weight, slide, windows_over
from shapecalc.window import Window

if TYPE_CHECKING:
    from shapecalc.reference import Array, Run


class DWConv(Layer):
    """Every input channel is convolved by itself with `multiplier` filters; weights F·F·D1·multiplier."""

    kind = "DWCONV"
    aliases = {"DEPTHWISECONV2D": {}, "DEPTHWISECONV1D": {}, "DEPTHWISECONV": {}, "DEPTHWISE": {}}
    signature = (
        Argument("F", "extent", sizes, Sizes((3,)), ("extent", "kernel", "kernel_size", "size"), assumed=True),
        Argument("S", "stride", sizes, Sizes((1,)), ("stride", "strides"), assumed=True),
        Argument("P", "padding", padding, Padding("", ((0, 0),)), ("pad", "padding"), assumed=True),
        Argument("dilation", "dilation", sizes, Sizes((1,)), ("dilation_rate", "d")),
        Argument("multiplier", "multiplier", count, 1, ("depth_multiplier", "m")),
        Argument("bias", "bias", flag, True, ("use_bias",)),
        Argument("rounding", "rounding", choice("floor", "exact"), None),
    )
    extent: Sizes
    stride: Sizes
    padding: Padding
    dilation: Sizes
    multiplier: int
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
        return Volume(slide(self, volume), volume.depth * self.multiplier)

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        (volume,) = volumes
        out = self.output(volume)
        shape = (*self.extent.over(len(volume.spatial)), 1, out.depth)
        kernel = Weight("kernel", shape, "kernel", out.positions, out.positions)
        return (kernel, Weight("bias", (out.depth,), "bias")) if self.bias else (kernel,)

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        (x,) = arrays
        patches = run.windows(x, self.extent, self.stride, self.padding, self.dilation)
        filters = patches.depth * self.multiplier
        kernel = run.fit(weights["kernel"], (*patches.taps, 1, filters))
        bias = run.fit(weights["bias"], (filters,)) if self.bias else None
        return run.convolve(patches, kernel, patches.depth, bias)
