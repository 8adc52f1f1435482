"""ONNX for pools, over windows, parts or the depth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from shapecalc.core.window import Window
from shapecalc.writers.onnx.emit import Emit, formed
from shapecalc.writers.onnx.windows import attributes, bare, filled, padded

LOWEST = float(np.finfo(np.float32).min)
"""Padding under a maximum."""
MOST_PARTS = 64
"""Parts that an axis is cut into by an uneven adaptive pool: each becomes a node."""


def pool(e: Emit) -> str:
    """By its mode: MaxPool, AveragePool, LpPool."""
    return {"max": _maximum, "avg": _average, "l2": _euclidean}[e.layer.mode](e)


def _maximum(e: Emit) -> str:
    """The maximum over what is real; a window that sees nothing real gives 0."""
    real = _taps(e, _real)
    if _plain(e) and all(r.all() for r in real):
        return e.op("MaxPool", e.apart(e.image()), **_rounded(e))
    found = e.op("MaxPool", e.apart(padded(e, LOWEST)), **attributes(bare(e.row.windows)))
    return _times(e, found, "seen", [r > 0 for r in real])


def _average(e: Emit) -> str:
    windows, include = e.row.windows, bool(e.layer.count_include_pad)
    counts = _taps(e, _counted if include else _real)
    straight = all(w.dilation == 1 for w in windows)
    if straight and _plain(e) and all(c.all() for c in counts) and not (include and _hangs(e)):
        return e.op("AveragePool", e.apart(e.image()), count_include_pad=int(include), **_rounded(e))
    x = padded(e)
    if straight:
        means = e.op("AveragePool", e.apart(x), **attributes(bare(windows)))
        taps = [w.extent for w in reversed(windows)]
    else:
        means, taps = _sums(e, x), [1] * len(windows)
    return _times(e, means, "factors", [t / np.maximum(c, 1) for t, c in zip(taps, counts, strict=True)])


def _times(e: Emit, x: str, what: str, factors: Sequence[np.ndarray]) -> str:
    """A tensor times a factor for every position of every axis, in ONNX's order."""
    for axis, along in enumerate(factors):
        if not (along == 1).all():
            x = e.op("Mul", x, e.floats(what, along.reshape(-1, *(1,) * (len(factors) - 1 - axis))))
    return x


def _euclidean(e: Emit) -> str:
    windows = e.row.windows
    if all(w.dilation == 1 for w in windows):
        return e.op("LpPool", e.apart(e.image()), p=2, **attributes(filled(e)))
    x = padded(e)
    return e.op("Sqrt", _sums(e, e.op("Mul", x, x)))


def _sums(e: Emit, x: str) -> str:
    """The sum under every window of a padded input, as a convolution with ones."""
    depth, windows = e.volume.depth, bare(e.row.windows)
    ones = e.floats("ones", np.ones((depth, 1, *(w.extent for w in reversed(windows)))))
    return e.op("Conv", x, ones, group=depth, **attributes(windows))


def _plain(e: Emit) -> bool:
    """Whether ONNX takes these windows as they are: padding within the extent, and a rounding that all agree on.

    Some programs clip the last window of ceil mode and some do not; where that matters the padding is written out.
    """
    clipped = not _hangs(e)
    return all(
        max(w.before, w.after) < w.extent and n == _fitting(w, size, clipped=clipped) and _fitting(w, size)
        for w, size, n in zip(e.row.windows, e.volume.spatial, e.out.spatial, strict=True)
    )


def _hangs(e: Emit) -> bool:
    """Whether a window reads beyond the padding."""
    return any(n > _fitting(w, size) for w, size, n in zip(e.row.windows, e.volume.spatial, e.out.spatial, strict=True))


def _fitting(window: Window, size: int, *, clipped: bool = True) -> int:
    """Windows that fit whole, 0 where not even one does; or with one that hangs over the end."""
    slack = window.slack(size)
    return max(slack // window.stride + 1, 0) if clipped else -(-slack // window.stride) + 1


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
    """Per window the taps from position `low` on and before `high`."""
    starts = np.arange(windows) * window.stride - window.before
    below, in_all = (np.clip(-((starts - end) // window.dilation), 0, window.extent) for end in (low, high))
    found: np.ndarray = in_all - below
    return found


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
        raise e.refuse(f"it cuts an axis of {size} into {parts} uneven parts; the limit is {MOST_PARTS}")
    found = []
    for i in range(parts):
        start, end = i * size // parts, -(-(i + 1) * size // parts)
        shape = [end - start if a == axis else 1 for a in range(e.rank)]
        found.append(e.op(kind, e.slices(x, start, end, axis + 2), kernel_shape=shape))
    return e.concat(found, axis + 2)


def depth_pool(e: Emit) -> str:
    """The depth as an axis to slide over."""
    layer = e.layer
    kind, extra = {"max": ("MaxPool", {}), "avg": ("AveragePool", {}), "l2": ("LpPool", {"p": 2})}[layer.mode]
    x = e.reshape(e.image(), (1, e.volume.depth, -1))
    x = e.op(kind, x, kernel_shape=[layer.extent, 1], strides=[layer.stride, 1], **extra)
    return e.reshape(x, formed(e.out))
