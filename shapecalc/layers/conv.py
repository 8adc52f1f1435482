"""CONV: convolution, in one, two or three spatial axes."""

from __future__ import annotations

from shapecalc.core.convolution import GroupedConvolution
from shapecalc.core.layer import Array, Arrays, Run, Volume, Weight


class Conv(GroupedConvolution):
    """K filters of extent F, moved by S over the input padded by P: (W − F + 2P)/S + 1 positions an axis.

    Weights F·F·D/groups·K, biases K. A bare CONV is 3x3, stride 1, size-preserving, 64 filters;
    once F is written, S=1 and P=0 as in every framework.
    """

    kind = "CONV"
    example = "INPUT(227x227x3) => CONV(96, 11, S=4)"
    aliases = {
        "CONV1D": {}, "CONV2D": {}, "CONV3D": {}, "CONVOLUTION": {}, "CONVOLUTION1D": {},
        "CONVOLUTION2D": {}, "CONVOLUTION3D": {}, "CONVOLUTIONAL": {},
    }  # fmt: skip
    formulas = {"depth": "K", "kernel": "F·F·D/groups·K", "bias": "K"}
    copies = 0

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        (volume,) = volumes
        shape = (*self.extent.over(len(volume.spatial)), volume.depth // self.groups, self.filters)
        positions = self.output(volume).positions
        kernel = Weight("kernel", shape, "kernel", positions)
        return self.with_bias((self.filters,), kernel)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        patches = self.patches(run, x)
        channels = run.share(patches.depth, self.groups)
        kernel = run.fit(weights["kernel"], (*patches.taps, channels, self.filters))
        bias = self.fitted_bias(run, weights, (self.filters,))
        return run.convolve(patches, kernel, self.groups, bias)
