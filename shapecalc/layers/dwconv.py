"""DWCONV: depthwise convolution."""

from __future__ import annotations

from shapecalc.core.convolution import BIAS, DILATION, EXTENT, MULTIPLIER, PADDING, ROUNDING, STRIDE, Convolution
from shapecalc.core.layer import Array, Arrays, Run, Volume, Weight
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.core.scratch import Execution, padded_copy
from shapecalc.core.volumes import slide


class DWConv(Convolution):
    """Every input channel is convolved by itself with `multiplier` filters; weights F·F·D·multiplier."""

    kind = "DWCONV"
    example = "INPUT(112x112x32) => DWCONV(3, S=2, P=1)"
    aliases = {"DEPTHWISECONV2D": {}, "DEPTHWISECONV1D": {}, "DEPTHWISECONV": {}, "DEPTHWISE": {}}
    extent: Sizes = EXTENT
    stride: Sizes = STRIDE
    padding: Padding = PADDING
    dilation: Sizes = DILATION
    multiplier: int = MULTIPLIER
    bias: bool = BIAS
    rounding: str | None = ROUNDING
    formulas = {"depth": "D·multiplier", "kernel": "F·F·D·multiplier", "bias": "D·multiplier"}

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        return Volume(slide(self, volume), volume.depth * self.multiplier)

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        (volume,) = volumes
        out = self.output(volume)
        shape = (*self.extent.over(len(volume.spatial)), 1, out.depth)
        kernel = Weight("kernel", shape, "kernel", out.positions)
        return self.with_bias((out.depth,), kernel)

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        (volume,) = volumes
        return padded_copy(self.slid(volume, output), execution.images)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        patches = self.patches(run, x)
        filters = patches.depth * self.multiplier
        kernel = run.fit(weights["kernel"], (*patches.taps, 1, filters))
        bias = self.fitted_bias(run, weights, (filters,))
        return run.convolve(patches, kernel, patches.depth, bias)
