"""ONNX for layers that move values."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from shapecalc.core.volumes import axis_called
from shapecalc.writers.onnx import windows
from shapecalc.writers.onnx.emit import Emit, formed, outwards, turned


def flatten(e: Emit) -> str:
    """Rows of values, in the order width, height, depth."""
    return e.rows()


def reshape(e: Emit) -> str:
    """The values in the order width, height, depth, cut anew."""
    x = e.reshape(e.rows(), e.out.sizes)
    return e.op("Transpose", x, perm=turned(e.rank))


def pad(e: Emit) -> str:
    """Pad with zeros."""
    befores, afters = zip(*e.layer.padding.each(e.rank), strict=True)
    x = windows.pad(e, e.value.name if e.value.flat else e.image(), befores, afters)
    if not any(e.layer.depth):
        return x
    rest = () if e.value.flat else (0,) * e.rank
    before, after = e.layer.depth
    return e.op("Pad", x, e.integers("channels", (0, before, *rest, 0, after, *rest)), e.floats("fill", 0))


def crop(e: Emit) -> str:
    """Slice of the spatial axes."""
    befores = [before for before, _ in e.layer.padding.each(e.rank)][::-1]
    ends = [a + n for a, n in zip(befores, reversed(e.out.spatial), strict=True)]
    return e.slices(e.image(), befores, ends, range(2, 2 + e.rank))


def channels(e: Emit) -> str:
    """Slice of the depth, or of another axis."""
    axis = axis_called(e.layer.axis, e.volume)
    place = 1 if axis == e.rank else 1 + e.rank - axis
    return e.slices(e.value.name, e.layer.start, e.layer.stop, place)


def permute(e: Emit) -> str:
    """Transpose: the depth is ONNX's first axis, and the spatial ones follow from the last to the first."""
    order, rank = e.layer.order, e.rank
    place = {axis: rank + 2 - axis for axis in range(1, rank + 1)} | {rank + 1: 1}
    axes = (order[-1], *order[-2::-1])
    return e.op("Transpose", e.image(), perm=[0, *(place[axis] for axis in axes)])


def shuffle(e: Emit) -> str:
    """The depth as a table of groups, turned."""
    groups = e.layer.groups
    if e.layer.order:
        return e.op("Gather", e.value.name, e.integers("order", e.layer.order), axis=1)
    x = e.reshape(e.value.name, (groups, e.volume.depth // groups, -1))
    return e.reshape(e.op("Transpose", x, perm=[0, 2, 1, 3]), formed(e.out))


def pixel_shuffle(e: Emit) -> str:
    """Depth to space, the last axis slowest, in any number of axes."""
    rank, r = e.rank, e.layer.factor
    x = e.reshape(e.image(), (e.out.depth, *(r,) * rank, *reversed(e.volume.spatial)))
    pairs = (axis for i in range(rank) for axis in (2 + rank + i, 2 + i))
    return e.reshape(e.op("Transpose", x, perm=[0, 1, *pairs]), outwards(e.out))


def pixel_unshuffle(e: Emit) -> str:
    """Space to depth, the last axis slowest, in any number of axes."""
    rank, r = e.rank, e.layer.factor
    x = e.reshape(e.image(), (e.volume.depth, *(n for size in reversed(e.out.spatial) for n in (size, r))))
    offsets, blocks = range(3, 3 + 2 * rank, 2), range(2, 2 + 2 * rank, 2)
    return e.reshape(e.op("Transpose", x, perm=[0, 1, *offsets, *blocks]), outwards(e.out))


def resize(e: Emit) -> str:
    """Every axis from its values at the new places, or between them."""
    return _gathered(e, e.layer.factors(e.volume.spatial))


def upsample(e: Emit) -> str:
    """Resize: values repeated, or interpolated between pixel centres.

    Values are gathered one by one where Resize says something else: its factors are float32, in which 0.7 times 10 is
    less than 7, and onnxruntime copies an input that does not get longer, though with 1.01 some values move.
    """
    by = e.layer.factor.over(e.rank)
    unmoved = e.out.spatial == e.volume.spatial and set(by) != {1}
    if unmoved or any(factor.denominator.bit_count() > 1 for factor in by):
        return _gathered(e, by)
    factors = e.floats("scales", (1, 1, *reversed(by)))
    if e.layer.mode == "nearest":
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    return e.op("Resize", e.image(), "", factors, **how)


def _gathered(e: Emit, by: Sequence[Fraction | int]) -> str:
    """Every axis from the values on both sides of its new pixel centres, or from the one at its new place."""
    x = e.image()
    along = zip(e.volume.spatial, e.out.spatial, by, strict=True)
    for axis, (size, count, factor) in enumerate(reversed(list(along))):
        places = np.arange(count)
        if e.layer.mode == "nearest":
            x = e.op("Gather", x, e.integers("places", places * factor.denominator // factor.numerator), axis=axis + 2)
            continue
        centres = np.clip((places + 0.5) / float(factor) - 0.5, 0, size - 1)
        low = np.floor(centres).astype(np.int64)
        share = (centres - low).reshape(-1, *(1,) * (e.rank - 1 - axis))
        before = e.op("Gather", x, e.integers("places", low), axis=axis + 2)
        after = e.op("Gather", x, e.integers("places", np.minimum(low + 1, size - 1)), axis=axis + 2)
        nearer = e.op("Mul", before, e.floats("share", 1 - share))
        x = e.op("Add", nearer, e.op("Mul", after, e.floats("share", share)))
    return x
