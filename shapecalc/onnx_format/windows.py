"""ONNX for what slides windows: convolutions, transposed ones, locally connected layers, pools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from shapecalc.onnx_format.build import Emit, Value
from shapecalc.window import Window

LOWEST = float(np.finfo(np.float32).min)
"""Padding under a maximum."""
MOST_TAPS = 512
"""Taps of a filter that is not shared: each becomes a node."""
MOST_PARTS = 64
"""Parts that an axis is cut into by an uneven adaptive pool: each becomes a node."""


def conv(e: Emit) -> str:
    """Conv."""
    depth, groups = e.volume.depth, e.layer.groups
    return _convolved(e, e.image(), "kernel", depth // groups, e.out.depth, groups)


def depthwise(e: Emit) -> str:
    """Conv with a group for every channel."""
    return _convolved(e, e.image(), "kernel", 1, e.out.depth, e.volume.depth)


def separable(e: Emit) -> str:
    """Two Convs, the second 1x1."""
    middle = e.volume.depth * e.layer.multiplier
    kernel = _kernel(e, "depthwise", 1, middle)
    mixed = e.op("Conv", e.image(), kernel, group=e.volume.depth, **attributes(e.row.windows))
    ones = (1,) * e.rank
    pointwise = e.weight("pointwise", (e.out.depth, middle, *ones), lambda a: a.T)
    return e.op("Conv", mixed, pointwise, *_bias(e), kernel_shape=ones)


def _convolved(e: Emit, x: str, name: str, channels: int, filters: int, groups: int) -> str:
    kernel = _kernel(e, name, channels, filters)
    return e.op("Conv", x, kernel, *_bias(e), group=groups, **attributes(e.row.windows))


def _kernel(e: Emit, name: str, channels: int, filters: int) -> str:
    """Filters first, then channels, then the extents: our order from behind."""
    extents = [w.extent for w in reversed(e.row.windows)]
    return e.weight(name, (filters, channels, *extents), lambda a: a.T)


def _bias(e: Emit) -> tuple[str, ...]:
    return (e.vector("bias", e.out.depth),) if e.has("bias") else ()


def attributes(windows: Sequence[Window]) -> dict[str, Any]:
    """What windows are to ONNX, from the last spatial axis to the width."""
    turned = windows[::-1]
    found: dict[str, Any] = {
        "kernel_shape": [w.extent for w in turned],
        "strides": [w.stride for w in turned],
        "pads": [w.before for w in turned] + [w.after for w in turned],
    }
    if any(w.dilation > 1 for w in windows):
        found["dilations"] = [w.dilation for w in turned]
    return found


def transposed(e: Emit) -> str:
    """Channels first here, then the filters of a group; what is cut off in front and behind is padding."""
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
    return e.op("Add", x, e.per_channel("bias", Value("", e.out))) if e.has("bias") else x


def local(e: Emit) -> str:
    """A slice for every tap, side by side, times the filters of every position."""
    windows, groups = e.row.windows, e.layer.groups
    taps = list(product(*(range(w.extent) for w in reversed(windows))))
    if len(taps) > MOST_TAPS:
        raise e.refuse(f"its filters have {len(taps):,} taps and are not shared; {MOST_TAPS} is the most")
    rank, positions, filters = e.rank, e.out.positions, e.out.depth // groups
    share, sizes = e.volume.depth // groups, e.out.spatial
    x = padded(e, e.image(), windows, e.volume.spatial, sizes, 0.0)
    slices = [_under(e, x, windows[::-1], tap, sizes[::-1]) for tap in taps]
    patches = e.op("Concat", *slices, axis=1)
    patches = e.reshape(patches, (len(taps), groups, share, positions))
    # positions, groups, batch, taps, channels
    patches = e.op("Transpose", patches, perm=[4, 2, 0, 1, 3])
    patches = e.op("Reshape", patches, e.integers("shape", (0, 0, -1, len(taps) * share)))

    def arrange(kernel: np.ndarray) -> np.ndarray:
        parts = kernel.reshape(*sizes, *(w.extent for w in windows), share, groups, filters)
        turned = [*reversed(range(rank)), 2 * rank + 1, *reversed(range(rank, 2 * rank)), 2 * rank, 2 * rank + 2]
        return parts.transpose(turned)

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
    lists = (starts, ends, range(2, 2 + len(windows)), [w.stride for w in windows])
    return e.op("Slice", x, *(e.integers("slice", list(numbers)) for numbers in lists))


# --- pools --------------------------------------------------------------------------------------


def pool(e: Emit) -> str:
    """By its mode: MaxPool, AveragePool, LpPool."""
    return {"max": _maximum, "avg": _average, "l2": _euclidean}[e.layer.mode](e)


def _maximum(e: Emit) -> str:
    """The maximum over what is real; a window that sees nothing real gives 0."""
    real = _taps(e, _real)
    if _plain(e) and all(r.all() for r in real):
        return e.op("MaxPool", e.apart(e.image()), **_rounded(e))
    bare = [Window(w.extent, w.stride, 0, 0, w.dilation) for w in e.row.windows]
    x = padded(e, e.image(), e.row.windows, e.volume.spatial, e.out.spatial, LOWEST)
    found = e.op("MaxPool", e.apart(x), **attributes(bare))
    return _times(e, found, "seen", [r > 0 for r in real])


def _average(e: Emit) -> str:
    windows, include = e.row.windows, bool(e.layer.count_include_pad)
    counts = _taps(e, _counted if include else _real)
    straight = all(w.dilation == 1 for w in windows)
    if straight and _plain(e) and all(c.all() for c in counts) and not (include and _hangs(e)):
        return e.op("AveragePool", e.apart(e.image()), count_include_pad=int(include), **_rounded(e))
    bare = [Window(w.extent, w.stride, 0, 0, w.dilation) for w in windows]
    x = padded(e, e.image(), windows, e.volume.spatial, e.out.spatial, 0.0)
    if straight:
        means = e.op("AveragePool", e.apart(x), **attributes(bare))
        taps = [w.extent for w in reversed(windows)]
    else:
        means, taps = _sums(e, x, bare), [1] * len(windows)
    return _times(e, means, "factors", [t / np.maximum(c, 1) for t, c in zip(taps, counts, strict=True)])


def _times(e: Emit, x: str, what: str, factors: Sequence[np.ndarray]) -> str:
    """A tensor times a factor for every position of every axis, in ONNX's order."""
    for axis, along in enumerate(factors):
        if not (along == 1).all():
            x = e.op("Mul", x, e.floats(what, along.reshape(-1, *(1,) * (len(factors) - 1 - axis))))
    return x


def _euclidean(e: Emit) -> str:
    windows = e.row.windows
    bare = [Window(w.extent, w.stride, 0, 0, w.dilation) for w in windows]
    x = padded(e, e.image(), windows, e.volume.spatial, e.out.spatial, 0.0)
    if all(w.dilation == 1 for w in windows):
        return e.op("LpPool", x, p=2, **attributes(bare))
    return e.op("Sqrt", _sums(e, e.op("Mul", x, x), bare))


def _sums(e: Emit, x: str, windows: Sequence[Window]) -> str:
    """The sum under every window, as a convolution with ones."""
    depth = e.volume.depth
    ones = e.floats("ones", np.ones((depth, 1, *(w.extent for w in reversed(windows)))))
    return e.op("Conv", x, ones, group=depth, **attributes(windows))


def padded(e: Emit, x: str, windows: Sequence[Window], sizes: Sequence[int], counts: Sequence[int], fill: float) -> str:
    """The input with as much around it as the windows read, so that they need no padding or rounding of their own."""
    befores = [w.before for w in windows]
    afters = [
        max((n - 1) * w.stride + w.effective - size - w.before, 0)
        for w, size, n in zip(windows, sizes, counts, strict=True)
    ]
    return pad(e, x, befores, afters, fill)


def pad(e: Emit, x: str, befores: Sequence[int], afters: Sequence[int], fill: float = 0.0) -> str:
    """Values around an input; positions before and behind, width first."""
    if not any((*befores, *afters)):
        return x
    pairs = e.integers("pads", (0, 0, *reversed(befores), 0, 0, *reversed(afters)))
    return e.op("Pad", x, pairs, e.floats("fill", fill), mode="constant")


def _plain(e: Emit) -> bool:
    """Whether ONNX takes these windows as they are: padding within the extent, and a rounding that all agree on.

    Some programs clip the last window of ceil mode and some do not; where that matters the padding is written out.
    """
    count = _unclipped if _hangs(e) else _floor
    return all(
        max(w.before, w.after) < w.extent and n == count(w, size) and _floor(w, size)
        for w, size, n in zip(e.row.windows, e.volume.spatial, e.out.spatial, strict=True)
    )


def _hangs(e: Emit) -> bool:
    """Whether a window reads beyond the padding."""
    return any(n > _floor(w, size) for w, size, n in zip(e.row.windows, e.volume.spatial, e.out.spatial, strict=True))


def _floor(window: Window, size: int) -> int:
    """Windows that fit whole; 0 where not even one does."""
    return max((size + window.before + window.after - window.effective) // window.stride + 1, 0)


def _unclipped(window: Window, size: int) -> int:
    return -(-(size + window.before + window.after - window.effective) // window.stride) + 1


def _rounded(e: Emit) -> dict[str, Any]:
    return attributes(e.row.windows) | ({"ceil_mode": 1} if _hangs(e) else {})


def _taps(e: Emit, count: Callable[[Window, int, int], np.ndarray]) -> list[np.ndarray]:
    """For every window of every axis how many of its taps count, in ONNX's order of axes."""
    axes = zip(e.row.windows, e.volume.spatial, e.out.spatial, strict=True)
    return [count(*axis) for axis in axes][::-1]


def _real(window: Window, size: int, windows: int) -> np.ndarray:
    """Per window the taps on real input."""
    return _within(window, windows, 0, size)


def _counted(window: Window, size: int, windows: int) -> np.ndarray:
    """Per window the taps on input or padding, without what hangs over."""
    return _within(window, windows, -window.before, size + window.after)


def _within(window: Window, windows: int, low: int, high: int) -> np.ndarray:
    starts = np.arange(windows)[:, None] * window.stride - window.before
    taps = starts + np.arange(window.extent)[None, :] * window.dilation
    found: np.ndarray = ((taps >= low) & (taps < high)).sum(axis=1)
    return found


def global_pool(e: Emit) -> str:
    """GlobalMaxPool or GlobalAveragePool."""
    return e.op("GlobalMaxPool" if e.layer.mode == "max" else "GlobalAveragePool", e.image())


def adaptive(e: Emit) -> str:
    """A pool with a stride where the parts are even; otherwise part by part, axis after axis."""
    sizes, targets = e.volume.spatial, e.out.spatial
    kind = "MaxPool" if e.layer.mode == "max" else "AveragePool"
    if all(n == 1 for n in targets):
        return e.op(f"Global{kind}", e.image())
    if all(size % n == 0 for size, n in zip(sizes, targets, strict=True)):
        steps = [size // n for size, n in zip(sizes, targets, strict=True)][::-1]
        return e.op(kind, e.apart(e.image()), kernel_shape=steps, strides=steps)
    x = e.image()
    for axis, (size, n) in enumerate(zip(reversed(sizes), reversed(targets), strict=True)):
        x = _in_parts(e, x, kind, axis, size, n)
    return x


def _in_parts(e: Emit, x: str, kind: str, axis: int, size: int, parts: int) -> str:
    """One axis cut into overlapping parts, each pooled to one value."""
    if size == parts:
        return x
    if parts > MOST_PARTS:
        raise e.refuse(f"it cuts an axis of {size} into {parts} uneven parts; {MOST_PARTS} is the most")
    found = []
    for i in range(parts):
        start, end = i * size // parts, -(-(i + 1) * size // parts)
        part = e.op("Slice", x, *(e.integers("slice", [n]) for n in (start, end, axis + 2)))
        shape = [end - start if a == axis else 1 for a in range(e.rank)]
        found.append(e.op(kind, part, kernel_shape=shape))
    return e.op("Concat", *found, axis=axis + 2) if parts > 1 else found[0]


def depth_pool(e: Emit) -> str:
    """The depth as an axis to slide over."""
    layer = e.layer
    kind, extra = {"max": ("MaxPool", {}), "avg": ("AveragePool", {}), "l2": ("LpPool", {"p": 2})}[layer.mode]
    x = e.reshape(e.image(), (1, e.volume.depth, -1))
    x = e.op(kind, x, kernel_shape=[layer.extent, 1], strides=[layer.stride, 1], **extra)
    return e.reshape(x, e.out.sizes[::-1])
