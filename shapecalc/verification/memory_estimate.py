"""How much memory a run takes, and how much there is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from math import prod

from shapecalc.core.layer import Volume
from shapecalc.numerics.arrays import BLOCK, CHUNK, each
from shapecalc.numerics.products import TILE
from shapecalc.numerics.threads import workers
from shapecalc.passes.report import Report, Row
from shapecalc.verification.dependencies import LONGEST as FARTHEST
from shapecalc.verification.nan_probe import AT_ONCE, LONGEST, MOST

SCRATCH = 96 * 2**20
"""Bytes of the interpreter and of NumPy."""
ONNX = 64 * 2**20
"""Bytes of onnx and onnxruntime."""


def needed(report: Report, batch: int) -> int:
    """Bytes that a run takes at most: weights, images, volumes at the peak, and what a layer needs meanwhile.

    The layer that needs most decides, or the poisoned copies of one channel that its windows are proved with.
    """
    totals = report.totals
    assert totals is not None
    assert totals.memory.inference_peak is not None
    assert totals.memory.parameters is not None
    size = report.conventions.bytes
    volumes = (totals.memory.inference_peak - totals.memory.parameters) // (size * report.conventions.batch)
    images = sum(row.output.size for row in report.rows if row.output and not row.inputs)
    widest = max((_scratch(row, batch) for row in report.rows), default=0)
    values = totals.memory.parameters // size + batch * (volumes + images)
    return 4 * (values + max(widest, _poisoned(report.rows))) + SCRATCH


def compared(report: Report, extra: int) -> int:
    """Bytes of a comparison with onnxruntime, whose volumes and copies of weights are `extra` bytes.

    onnxruntime keeps kernels that slide in a second order besides; an eighth is for what lies between its blocks.
    """
    sliding = sum(array.size for row in report.rows if row.windows for array in row.weight_arrays)
    return extra * 9 // 8 + 4 * sliding + ONNX


def neediest(report: Report, batch: int) -> tuple[Row, int]:
    """The layer that takes the most memory, and how much: its weights, what it reads and gives, and what it makes."""
    taken = [_alone(row, batch) for row in report.rows]
    most = max(range(len(taken)), key=taken.__getitem__)
    return report.rows[most], 4 * taken[most]


def _alone(row: Row, batch: int) -> int:
    """Values that are there while a layer runs, had it the network to itself."""
    volumes = sum(v.size for v in (*row.inputs, row.output) if v)
    if row.in_place and row.output:
        volumes -= row.output.size
    return sum(array.size for array in row.weight_arrays) + batch * volumes + _scratch(row, batch)


def _scratch(row: Row, batch: int) -> int:
    """Values that a layer makes besides its output, at the moment when they are most."""
    if row.output is None:
        return 0
    # Whether values are finite takes a byte for each.
    finite = batch * row.output.size // 4
    if not row.inputs or row.inputs[0] is None:
        return finite
    x, out, layer = row.inputs[0], row.output, row.node.layer
    # Functions of rows work on some of them at a time.
    some = 14 * workers() * max(CHUNK, x.depth if x.depth == out.depth else 1)
    if row.windows:
        return max(finite, _under_windows(row, x, out, batch)) + some
    if row.weight_arrays and layer is not None and layer.op_category == "mac" and hasattr(layer, "output_padding"):
        return max(finite, _spread(row, x, out, batch)) + some
    copied = 0
    if layer is not None and layer.op_category == "norm":
        copied = x.size + 3 * x.positions
    elif layer is not None and layer.op_category in ("adaptive", "elementwise") and len(x.spatial) == len(out.spatial):
        copied = _between(x.spatial, out.spatial, x.depth) if len(row.inputs) == 1 else 0
        some += BLOCK  # for the places of a part of a long axis
    return max(finite, batch * copied) + some


def _under_windows(row: Row, x: Volume, out: Volume, batch: int) -> int:
    """Padded input, what lies between two steps, and gathered windows in blocks."""
    spatial = [n + w.before + w.after for n, w in zip(x.spatial, row.windows, strict=True)]
    reached = [(o - 1) * w.stride + w.effective for o, w in zip(out.spatial, row.windows, strict=True)]
    spatial = [max(pair) for pair in zip(spatial, reached, strict=True)]
    padded = batch * x.depth * prod(spatial)
    if tuple(spatial) == tuple(x.spatial) and getattr(row.node.layer, "mode", "") != "l2":
        padded = 0
    inner = x.depth * prod(w.extent for w in row.windows)
    if not row.weight_arrays:
        counted = 2 * out.positions + 10 * max(out.spatial)
        between = batch * _between(spatial, out.spatial, x.depth)
        return padded + max(between, batch * x.size * (getattr(row.node.layer, "mode", "") == "l2")) + counted
    kernel = row.weight_arrays[0]
    groups = getattr(row.node.layer, "groups", 1)
    if len(kernel.shape) > len(row.windows) + 2:
        # What is gathered for windows that do not share is put in order for groups and images, and so is the result.
        copies = 1 if groups == batch == 1 else 2
        return padded + batch * (copies * out.positions * inner + out.size) + kernel.size * (groups > 1)
    if hasattr(row.node.layer, "multiplier"):
        middle = batch * out.positions * x.depth * int(getattr(row.node.layer, "multiplier"))  # noqa: B009
        separable = row.weight_arrays[0].name == "depthwise"
        return padded + middle * separable + min(middle, workers() * max(TILE, max(kernel.shape)))
    return padded + min(batch * out.positions * inner, workers() * max(BLOCK, inner))


def _spread(row: Row, x: Volume, out: Volume, batch: int) -> int:
    """What a transposed convolution heaps up before it is cut, its kernel in order, and products in blocks."""
    layer, kernel = row.node.layer, row.weight_arrays[0]
    rank = len(x.spatial)
    steps, gaps = (each(getattr(layer, name), rank) for name in ("stride", "dilation"))
    along = zip(x.spatial, out.spatial, kernel.shape[:rank], steps, gaps, strict=True)
    heaped = [max(o, (n - 1) * step + (taps - 1) * gap + 1) for n, o, taps, step, gap in along]
    uncut = 0 if heaped == list(out.spatial) else batch * out.depth * prod(heaped)
    stamp = kernel.size // kernel.shape[-2]
    return uncut + kernel.size + min(batch * x.positions * stamp, max(BLOCK, stamp))


def _poisoned(rows: Sequence[Row]) -> int:
    """Values that proofs along single axes take: copies, which of them came out, and what every output reads."""
    most, kept = 0, 0
    for axis in range(max((len(row.output.spatial) for row in rows if row.output), default=0)):
        more = _enlarged(rows, axis)
        for row in rows:
            if not row.inputs or row.inputs[0] is None or row.output is None or axis >= len(row.inputs[0].spatial):
                continue
            positions = max(v.spatial[axis] for v in row.inputs if v)
            if positions > LONGEST or axis >= len(row.output.spatial):
                continue
            outputs = row.output.spatial[axis] + -(-more * row.output.spatial[axis] // positions)
            padded, taps = positions + more, 1
            if axis < len(row.windows):
                window = row.windows[axis]
                padded, taps = padded + window.before + window.after, window.extent
            if padded * outputs > MOST and not row.windows:
                continue  # One copy has shown that they are too many.
            pairs = padded * max(padded, outputs)
            most = max(most, 5 * min(pairs, AT_ONCE) + padded * outputs // 2)
            kept += 6 * taps * outputs
    return most + kept


def _enlarged(rows: Sequence[Row], axis: int) -> int:
    """By how many positions at most an input is enlarged to find what outputs clear of its borders depend on."""
    fields = [row.field.axes[axis] for row in rows if row.field and axis < len(row.field.axes)]
    starts = [row.output.spatial for row in rows if row.output and not row.inputs]
    longest = max((spatial[axis] for spatial in starts if axis < len(spatial)), default=0)
    wanted = max((f.size + f.advance for f in fields), default=0) + int(max((f.step for f in fields), default=0))
    unread = any(_leaves_some(row, axis) for row in rows)
    return max(0, min(wanted + 2 * longest * unread, FARTHEST - longest))


def _leaves_some(row: Row, axis: int) -> bool:
    """Whether a layer may leave positions at either end of an axis unread."""
    if axis < len(row.tilings):
        return row.tilings[axis].unread > 0
    one = slice(axis, axis + 1)
    return any(v and row.output and v.spatial[one] > row.output.spatial[one] for v in row.inputs)


def _between(before: Sequence[int], after: Sequence[int], depth: int) -> int:
    """Values of the arrays in between when `before` becomes `after` one axis at a time."""
    return depth * sum(prod(after[:axis]) * prod(before[axis:]) for axis in range(1, len(after)))


def available() -> int:
    """Bytes that can be had now, by the operating system's word and that of a container around us."""
    found = [amount for amount in (_meminfo(), _container(), _physical()) if amount]
    return min(found, default=2**31)


def _meminfo() -> int:
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0


def _container() -> int:
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
            text = file.read().strip()
        with open("/sys/fs/cgroup/memory.current", encoding="ascii") as file:
            used = int(file.read())
    except (OSError, ValueError):
        return 0
    return max(1, int(text) - used) if text.isdigit() else 0


def _physical() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0
