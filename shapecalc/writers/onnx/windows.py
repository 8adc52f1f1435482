"""What windows are to ONNX: their attributes, and padding that is written out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapecalc.core.window import Window
from shapecalc.writers.onnx.emit import Emit


def attributes(windows: Sequence[Window]) -> dict[str, Any]:
    """What windows are to ONNX, from the last spatial axis to the width."""
    outwards = windows[::-1]
    found: dict[str, Any] = {
        "kernel_shape": [w.extent for w in outwards],
        "strides": [w.stride for w in outwards],
        "pads": [w.before for w in outwards] + [w.after for w in outwards],
    }
    if any(w.dilation > 1 for w in windows):
        found["dilations"] = [w.dilation for w in outwards]
    return found


def bare(windows: Sequence[Window]) -> tuple[Window, ...]:
    """The windows over an input that has their padding around it already."""
    return tuple(w._replace(before=0, after=0) for w in windows)


def padded(e: Emit, fill: float = 0.0) -> str:
    """The input with as much around it as the windows read, so that they need no padding or rounding of their own."""
    windows = filled(e)
    return pad(e, e.image(), [w.before for w in windows], [w.after for w in windows], fill)


def filled(e: Emit) -> tuple[Window, ...]:
    """The windows with as much padding after the input as they read there."""
    return tuple(
        w._replace(after=max((n - 1) * w.stride + w.effective - size - w.before, 0))
        for w, size, n in zip(e.row.windows, e.volume.spatial, e.out.spatial, strict=True)
    )


def pad(e: Emit, x: str, befores: Sequence[int], afters: Sequence[int], fill: float = 0.0) -> str:
    """Values around an input; positions before and after, width first."""
    if not any((*befores, *afters)):
        return x
    pairs = e.integers("pads", (0, 0, *reversed(befores), 0, 0, *reversed(afters)))
    return e.op("Pad", x, pairs, e.floats("fill", fill), mode="constant")
