"""LOCAL: locally connected, a convolution that does not share its filters."""

from __future__ import annotations

from shapecalc.core.convolution import GroupedConvolution
from shapecalc.core.layer import Array, Arrays, Run, Volume, Weight
from shapecalc.core.scratch import Execution, padded_copy


class Local(GroupedConvolution):
    """One filter and one bias for every output position: without sharing, AlexNet's conv1 has 105,705,600."""

    kind = "LOCAL"
    example = "INPUT(227x227x3) => LOCAL(96, 11, S=4)"
    aliases = {
        "LOCALLYCONNECTED": {}, "LOCALLYCONNECTED2D": {}, "LOCALLYCONNECTED1D": {},
    }  # fmt: skip
    formulas = {"depth": "K", "kernel": "W2·W2·F·F·D/groups·K", "bias": "W2·W2·K", "uses": "1"}

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        (volume,) = volumes
        positions = self.output(volume).spatial
        extent = self.extent.over(len(positions))
        kernel = Weight("kernel", (*positions, *extent, volume.depth // self.groups, self.filters), "kernel", 1)
        return self.with_bias((*positions, self.filters), kernel)

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        # Windows are all gathered at once, and put in order for groups and images, and so is what comes out.
        (volume,) = volumes
        slide = self.slid(volume, output)
        copies = 1 if self.groups == execution.images == 1 else 2
        kernel = self.weights(volume)[0].size if self.groups > 1 else 0
        return (
            padded_copy(slide, execution.images) + execution.images * (copies * slide.gathered + output.size) + kernel
        )

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        patches = self.patches(run, x)
        channels = run.share(patches.depth, self.groups)
        kernel = run.fit(weights["kernel"], (*patches.counts, *patches.taps, channels, self.filters))
        bias = self.fitted_bias(run, weights, (*patches.counts, self.filters))
        return run.connect(patches, kernel, self.groups, bias)
