"""UPCONV: transposed convolution, which makes volumes larger."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from shapecalc.core.convolution import BIAS, DILATION, FILTERS, GROUPS, PADDING, STRIDE
from shapecalc.core.exact import divided
from shapecalc.core.layer import AccessPattern, Array, Arrays, Layer, Run, Volume, Weight
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes, argument, offsets, sizes
from shapecalc.core.scratch import Execution, blocks
from shapecalc.core.volumes import axis_name, divide_into_groups, require_space
from shapecalc.core.window import ShapeError, Window


class UpConv(Layer):
    """Every position of the input adds F·F·K products to the output, S apart: the transpose of a convolution.

    (W − 1)·S − P_before − P_after + Fe + output_padding positions an axis.

    As Keras has them, `P=same` gives W·S and `P=valid` W·S + max(Fe − S, 0); once output_padding is written, the
    formula holds with Fe // 2 and 0 on both sides. MACs count from the input.
    """

    kind = "UPCONV"
    example = "INPUT(7x7x64) => UPCONV(32, 4, S=2, P=1)"
    aliases = {
        "DECONV": {}, "DECONVOLUTION": {}, "CONVTRANSPOSE": {}, "TCONV": {}, "CONVTRANSPOSE1D": {},
        "CONVTRANSPOSE2D": {}, "CONVTRANSPOSE3D": {}, "CONV2DTRANSPOSE": {}, "CONV1DTRANSPOSE": {},
        "CONV3DTRANSPOSE": {}, "CONVT": {}, "TRANSCONV": {}, "TRANSPOSECONV": {}, "TRANSPOSEDCONV": {},
        "TRANSPOSECONV2D": {}, "TRANSPOSEDCONV2D": {},
    }  # fmt: skip
    filters: int = FILTERS
    extent: Sizes = argument("F", sizes, Sizes((2,)), ("extent", "kernel", "kernel_size", "size"), assumed=True)
    stride: Sizes = STRIDE
    padding: Padding = PADDING
    output_padding: Sizes | None = argument("output_padding", offsets, None, ("op",))
    dilation: Sizes = DILATION
    groups: int = GROUPS
    bias: bool = BIAS
    formulas = {
        "size": "(W − 1)·S − P − P + Fe + output_padding", "depth": "K",
        "kernel": "F·F·D/groups·K", "bias": "K", "uses": "W·W",
    }  # fmt: skip
    op_category = "mac"

    @classmethod
    def defaults(cls, written: Mapping[str, Any]) -> dict[str, Any]:
        return {} if "extent" in written else {"stride": Sizes((2,))}

    def axes(self, volume: Volume) -> list[tuple[int, int, int, int]]:
        """Per axis: size of the output, effective extent, stride, padding before."""
        rank = len(volume.spatial)
        extra = (self.output_padding or Sizes((0,))).over(rank)
        dilation = self.dilation.over(rank)
        axes = []
        windows = zip(volume.spatial, self.extent.over(rank), self.stride.over(rank), strict=True)
        for i, (size, extent, stride) in enumerate(windows):
            effective = dilation[i] * (extent - 1) + 1
            if self.padding.name in ("same", "same_lower", "valid"):
                whole = (size - 1) * stride + effective
                valid = self.padding.name == "valid"
                if self.output_padding is not None:
                    out = whole - (0 if valid else 2 * (effective // 2)) + extra[i]
                else:
                    out = max(whole, size * stride) if valid else size * stride
                before = (max(whole - out, 0) + (self.padding.name == "same_lower")) // 2
            else:
                pads = self.padding.over(volume.spatial, self.extent, self.stride, self.dilation)
                before, after = pads[i]
                out = (size - 1) * stride - before - after + effective + extra[i]
            if extra[i] and extra[i] >= max(stride, dilation[i]):
                raise ShapeError(
                    "SHP213",
                    f"an output padding of {extra[i]} is not smaller than the stride {stride}"
                    + (f" or the dilation {dilation[i]}" if dilation[i] > 1 else ""),
                    label=f"expected at most {max(stride, dilation[i]) - 1}, found {extra[i]}",
                )
            if out < 1:
                raise ShapeError(
                    "SHP211",
                    f"UPCONV leaves nothing: ({size} − 1)·{stride} + {effective} is not more than the padding removed",
                    label=f"the {axis_name(i, rank)[0]} would be {out}",
                )
            axes.append((out, effective, stride, before))
        return axes

    def effective_arguments(self, volume: Volume | None) -> dict[str, Any]:
        if volume is None:
            return {}
        extras = (self.output_padding or Sizes((0,))).over(len(volume.spatial))
        pairs, added = [], []
        axes = zip(volume.spatial, self.axes(volume), extras, strict=True)
        for size, (out, effective, stride, before), extra in axes:
            after = (size - 1) * stride + effective + extra - before - out
            pairs.append((before, max(after, 0)))
            added.append(extra + max(-after, 0))
        return {"P": Padding("", tuple(pairs)), "output_padding": Sizes(added)}

    def scattered(self, volume: Volume) -> tuple[Window, ...]:
        pads = self.effective_arguments(volume)["P"].pairs
        rank = len(volume.spatial)
        axes = zip(self.extent.over(rank), self.stride.over(rank), pads, self.dilation.over(rank), strict=True)
        return tuple(Window(f, s, before, after, d) for f, s, (before, after), d in axes)

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        require_space(self, volume, "enlarges width and height")
        divide_into_groups(self.groups, volume.depth, self.filters)
        return Volume(tuple(out for out, *_ in self.axes(volume)), self.filters)

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        (volume,) = volumes
        shape = (*self.extent.over(len(volume.spatial)), volume.depth // self.groups, self.filters)
        kernel = Weight("kernel", shape, "kernel", volume.positions, self.output(volume).positions)
        return (kernel, Weight("bias", (self.filters,), "bias")) if self.bias else (kernel,)

    def access(self, volume: Volume) -> tuple[AccessPattern, ...]:
        dense = all(d == 1 for d in self.dilation)
        axes = [axis[1:] for axis in self.axes(volume)]
        patterns = {
            (effective, stride, before): AccessPattern(
                divided(1, stride), divided(before - effective + 1, stride), divided(before, stride), dense
            )
            for effective, stride, before in {*axes}
        }
        return tuple([patterns[axis] for axis in axes])

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        # What is accumulated before it is cut, the kernel put in order, and products of some positions at a time.
        (volume,) = volumes
        taps = self.extent.over(len(volume.spatial))
        reached = tuple(
            max(out, (size - 1) * stride + effective)
            for size, (out, effective, stride, _) in zip(volume.spatial, self.axes(volume), strict=True)
        )
        uncut = 0 if reached == output.spatial else execution.images * output.depth * prod(reached)
        kernel, scattered = self.weights(volume)[0].size, prod(taps) * self.filters
        return uncut + kernel + blocks(execution.images * volume.positions * scattered, scattered)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        extent = tuple(self.extent) * (x.ndim - 2 if len(self.extent) == 1 else 1)
        channels = run.share(x.shape[-1], self.groups)
        kernel = run.fit(weights["kernel"], (*extent, channels, self.filters))
        bias = run.fit(weights["bias"], (self.filters,), role="bias") if self.bias else None
        return run.transposed_convolution(
            x, kernel, self.stride, self.padding, self.output_padding, self.dilation, self.groups, bias
        )
