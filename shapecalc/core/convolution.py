"""What convolutions of all kinds share: their arguments, windows, and bias."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shapecalc.core.layer import Array, Arrays, Layer, Run, Volume, Weight
from shapecalc.core.padding import PRESERVE, Padding, padding
from shapecalc.core.parameters import Sizes, argument, count, flag, rounding, sizes
from shapecalc.core.scratch import Slide
from shapecalc.core.volumes import divide_into_groups, slide, windows_over
from shapecalc.core.window import Window

if TYPE_CHECKING:
    from shapecalc.numerics.arrays import Patches

FILTERS = argument("K", count, 64, ("filters", "out", "out_channels", "num_output"), assumed=True, one_channel=1)
EXTENT = argument("F", sizes, Sizes((3,)), ("extent", "kernel", "kernel_size", "size"), assumed=True)
STRIDE = argument("S", sizes, Sizes((1,)), ("stride", "strides"), assumed=True)
PADDING = argument("P", padding, Padding("", ((0, 0),)), ("pad", "padding"), assumed=True)
DILATION = argument("dilation", sizes, Sizes((1,)), ("dilation_rate", "d"))
GROUPS = argument("groups", count, 1, ("group", "g"), one_channel=1)
MULTIPLIER = argument("multiplier", count, 1, ("depth_multiplier", "m"), one_channel=1)
BIAS = argument("bias", flag, True, ("use_bias",))
ROUNDING = argument("rounding", rounding, None)


class Convolution(Layer):
    """A layer that slides filters over its input, as CONV does; its own class declares the arguments.

    Without an extent it keeps the size; once F is written, P=0 as in every framework.
    """

    op_category = "mac"
    extent: Sizes
    stride: Sizes
    padding: Padding
    dilation: Sizes
    bias: bool

    @classmethod
    def defaults(cls, written: Mapping[str, Any]) -> dict[str, Any]:
        return {} if "extent" in written else {"padding": PRESERVE}

    def windows(self, volume: Volume) -> tuple[Window, ...]:
        return windows_over(volume.spatial, self.extent, self.stride, self.padding, self.dilation)

    def slid(self, volume: Volume, output: Volume) -> Slide:
        """How its windows go over a volume, for the memory that its forward takes."""
        return Slide(self.windows(volume), volume.spatial, output.spatial, volume.depth)

    def with_bias(self, shape: tuple[int, ...], *kernels: Weight) -> tuple[Weight, ...]:
        """The arrays that it owns: the kernels, and a bias of this shape where it has one."""
        return (*kernels, Weight("bias", shape, "bias")) if self.bias else kernels

    def patches(self, run: Run, x: Array) -> Patches:
        """The windows of an array."""
        return run.windows(x, self.extent, self.stride, self.padding, self.dilation)

    def fitted_bias(self, run: Run, weights: Arrays, shape: tuple[int, ...]) -> Array | None:
        """Its bias, which has to have this shape; None where it has none."""
        return run.fit(weights["bias"], shape, role="bias") if self.bias else None


class GroupedConvolution(Convolution):
    """One whose filters each read one group of the channels."""

    filters: int = FILTERS
    extent: Sizes = EXTENT
    stride: Sizes = STRIDE
    padding: Padding = PADDING
    dilation: Sizes = DILATION
    groups: int = GROUPS
    bias: bool = BIAS
    rounding: str | None = ROUNDING

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        divide_into_groups(self.groups, volume.depth, self.filters)
        return Volume(slide(self, volume), self.filters)
