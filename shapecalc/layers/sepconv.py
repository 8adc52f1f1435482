"""SEPCONV: depthwise, then 1x1 convolution, with nothing between."""

from __future__ import annotations

from shapecalc.core.convolution import (
    BIAS,
    DILATION,
    EXTENT,
    FILTERS,
    MULTIPLIER,
    PADDING,
    ROUNDING,
    STRIDE,
    Convolution,
)
from shapecalc.core.layer import Array, Arrays, Device, Kept, Run, Volume, Weight
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.core.scratch import Execution, padded_copy
from shapecalc.core.volumes import slide


class SepConv(Convolution):
    """Keras' SeparableConv2D: weights F·F·D·multiplier and D·multiplier·K, one bias per filter."""

    kind = "SEPCONV"
    example = "INPUT(19x19x728) => SEPCONV(1024, 3, P=1)"
    aliases = {"SEPARABLECONV2D": {}, "SEPARABLECONV": {}, "SEPARABLECONV1D": {}}
    filters: int = FILTERS
    extent: Sizes = EXTENT
    stride: Sizes = STRIDE
    padding: Padding = PADDING
    dilation: Sizes = DILATION
    multiplier: int = MULTIPLIER
    bias: bool = BIAS
    rounding: str | None = ROUNDING
    formulas = {"depth": "K", "depthwise": "F·F·D·multiplier", "pointwise": "D·multiplier·K", "bias": "K"}

    def output(self, *volumes: Volume) -> Volume:
        return Volume(slide(self, volumes[0]), self.filters)

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        (volume,) = volumes
        rank = len(volume.spatial)
        middle = volume.depth * self.multiplier
        positions = self.output(volume).positions
        depthwise = Weight("depthwise", (*self.extent.over(rank), 1, middle), "kernel", positions)
        pointwise = Weight("pointwise", (*(1,) * rank, middle, self.filters), "kernel", positions)
        return self.with_bias((self.filters,), depthwise, pointwise)

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept(inputs=True, values=volumes[0].depth * self.multiplier * self.output(*volumes).positions)

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        (volume,) = volumes
        between = volume.depth * self.multiplier * output.positions
        return padded_copy(self.slid(volume, output), execution.images) + execution.images * between

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        patches = self.patches(run, x)
        middle = patches.depth * self.multiplier
        deep = run.fit(weights["depthwise"], (*patches.taps, 1, middle))
        pointwise = run.fit(weights["pointwise"], (*(1,) * len(patches.taps), middle, self.filters))
        bias = self.fitted_bias(run, weights, (self.filters,))
        mixed = run.convolve(patches, deep, patches.depth)
        return run.matmul(mixed, pointwise.reshape(middle, self.filters), bias)
