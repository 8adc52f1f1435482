"""ONNX for what multiplies with kernels: convolutions of every kind, locally connected layers, FC."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

import numpy as np

from shapecalc.core.window import Window
from shapecalc.writers.onnx.emit import Emit, Tensor
from shapecalc.writers.onnx.windows import attributes, pad, padded

MOST_TAPS = 512
"""Taps of a filter that is not shared: each becomes a node."""


def conv(e: Emit) -> str:
    """Conv."""
    return _convolved(e, e.layer.groups)


def depthwise(e: Emit) -> str:
    """Conv with a group for every channel."""
    return _convolved(e, e.volume.depth)


def separable(e: Emit) -> str:
    """Two Convs, the second 1x1."""
    middle = e.volume.depth * e.layer.multiplier
    kernel = _kernel(e, "depthwise", 1, middle)
    mixed = e.op("Conv", e.image(), kernel, group=e.volume.depth, **attributes(e.row.windows))
    ones = (1,) * e.rank
    pointwise = e.weight("pointwise", (e.out.depth, middle, *ones), lambda a: a.T)
    return e.op("Conv", mixed, pointwise, *_bias(e), kernel_shape=ones)


def _convolved(e: Emit, groups: int) -> str:
    kernel = _kernel(e, "kernel", e.volume.depth // groups, e.out.depth)
    return e.op("Conv", e.image(), kernel, *_bias(e), group=groups, **attributes(e.row.windows))


def _kernel(e: Emit, name: str, channels: int, filters: int) -> str:
    """Filters first, then channels, then the extents: our order reversed."""
    extents = [w.extent for w in reversed(e.row.windows)]
    return e.weight(name, (filters, channels, *extents), lambda a: a.T)


def _bias(e: Emit) -> tuple[str, ...]:
    return (e.vector("bias", e.out.depth),) if e.has("bias") else ()


def transposed(e: Emit) -> str:
    """Channels first here, then the filters of a group; what is cut off before and after is padding."""
    layer, volume = e.layer, e.volume
    rank, groups = e.rank, layer.groups
    extents, dilations = layer.extent.over(rank), layer.dilation.over(rank)
    starts, ends, extras = [], [], []
    for size, (out, effective, stride, before) in zip(volume.spatial, layer.axes(volume), strict=True):
        cut = (size - 1) * stride + effective - out - before
        starts.append(before)
        ends.append(max(cut, 0))
        extras.append(max(-cut, 0))
    share, filters = volume.depth // groups, e.out.depth // groups
    shape = (volume.depth, filters, *extents[::-1])

    def arrange(kernel: np.ndarray) -> np.ndarray:
        parts = kernel.reshape(*extents, share, groups, filters)
        return parts.transpose(rank + 1, rank, rank + 2, *reversed(range(rank)))

    kernel = e.weight("kernel", shape, arrange)
    more = {
        "group": groups,
        "kernel_shape": extents[::-1],
        "strides": layer.stride.over(rank)[::-1],
        "dilations": dilations[::-1],
        "pads": starts[::-1] + ends[::-1],
    }
    if all(extra < stride for extra, stride in zip(extras, layer.stride.over(rank), strict=True)):
        return e.op("ConvTranspose", e.image(), kernel, *_bias(e), output_padding=extras[::-1], **more)
    # PyTorch allows output padding up to the dilation, onnxruntime only up to the stride: there is only bias in it.
    x = pad(e, e.op("ConvTranspose", e.image(), kernel, **more), [0] * rank, extras)
    return e.op("Add", x, e.per_channel("bias", Tensor("", e.out))) if e.has("bias") else x


def local(e: Emit) -> str:
    """A slice for every tap, side by side, times the filters of every position."""
    windows, groups = e.row.windows, e.layer.groups
    taps = list(product(*(range(w.extent) for w in reversed(windows))))
    if len(taps) > MOST_TAPS:
        raise e.refuse(f"its filters have {len(taps):,} taps and are not shared; the limit is {MOST_TAPS}")
    rank, positions, filters = e.rank, e.out.positions, e.out.depth // groups
    share, sizes = e.volume.depth // groups, e.out.spatial
    x = padded(e)
    slices = [_under(e, x, windows[::-1], tap, sizes[::-1]) for tap in taps]
    patches = e.op("Concat", *slices, axis=1)
    patches = e.reshape(patches, (len(taps), groups, share, positions))
    # positions, groups, batch, taps, channels
    patches = e.op("Transpose", patches, perm=[4, 2, 0, 1, 3])
    patches = e.op("Reshape", patches, e.integers("shape", (0, 0, -1, len(taps) * share)))

    def arrange(kernel: np.ndarray) -> np.ndarray:
        parts = kernel.reshape(*sizes, *(w.extent for w in windows), share, groups, filters)
        order = [*reversed(range(rank)), 2 * rank + 1, *reversed(range(rank, 2 * rank)), 2 * rank, 2 * rank + 2]
        return parts.transpose(order)

    kernel = e.weight("kernel", (positions, groups, len(taps) * share, filters), arrange)
    sums = e.op("Transpose", e.op("MatMul", patches, kernel), perm=[2, 1, 3, 0])
    sums = e.reshape(sums, (e.out.depth, *sizes[::-1]))
    if not e.has("bias"):
        return sums
    return e.op("Add", sums, e.weight("bias", (e.out.depth, *sizes[::-1]), lambda a: a.T))


def _under(e: Emit, x: str, windows: Sequence[Window], tap: Sequence[int], counts: Sequence[int]) -> str:
    """What lies under one tap of every window."""
    starts = [w.dilation * t for w, t in zip(windows, tap, strict=True)]
    ends = [s + (n - 1) * w.stride + 1 for s, n, w in zip(starts, counts, windows, strict=True)]
    return e.slices(x, starts, ends, range(2, 2 + len(windows)), [w.stride for w in windows])


def connected(e: Emit) -> str:
    """The values go in as they lie in memory, depth first; the weights' rows are put in that order."""
    volume, units = e.volume, e.layer.units
    x = e.value.name if e.value.flat else e.op("Flatten", e.value.name, axis=1)

    def arrange(kernel: np.ndarray) -> np.ndarray:
        if e.value.flat or volume.positions == 1:
            return kernel
        rank = len(volume.spatial)
        return kernel.reshape(*volume.sizes, units).transpose(*range(rank, -1, -1), rank + 1)

    kernel = e.weight("kernel", (prod(volume.sizes), units), arrange)
    return e.op("Gemm", x, kernel, *_bias(e))
