"""How much memory a run takes, and how much there is."""

from __future__ import annotations

import os
from math import prod

from shapecalc.report import Report, Row
from shapecalc.running.arrays import BLOCK
from shapecalc.running.threads import workers

SCRATCH = 96 * 2**20
"""Bytes of the interpreter and of NumPy."""


def needed(report: Report, batch: int) -> int:
    """Bytes that a run takes at most: weights, volumes at the peak, and copies of what one layer reads and writes.

    A padded copy, and that of a kernel or of groups put in order, are each no larger than what they are made from
    with its padding; the widest layer decides.
    """
    totals = report.totals
    assert totals is not None
    assert totals.memory.inference_peak is not None
    assert totals.memory.parameters is not None
    size = report.conventions.bytes
    volumes = (totals.memory.inference_peak - totals.memory.parameters) // (size * report.conventions.batch)
    widest = max(_scratch(row) for row in report.rows)
    kernels = max((w.size for row in report.rows for w in row.weight_arrays), default=0)
    return 4 * (totals.memory.parameters // size + kernels + batch * (volumes + widest) + BLOCK * workers()) + SCRATCH


def _scratch(row: Row) -> int:
    """Values of what a layer copies: the larger of input and output twice, or its padded input."""
    sizes = [volume.size for volume in (*row.inputs, row.output) if volume]
    padded = 0
    if row.windows and row.inputs[0] is not None:
        along = zip(row.inputs[0].spatial, row.windows, strict=True)
        padded = row.inputs[0].depth * prod(n + w.before + w.after + w.effective for n, w in along)
    if row.output is not None and row.inputs and row.inputs[0] is not None:
        # What a separable convolution has between its two steps.
        sizes.append(row.output.positions * row.inputs[0].depth * getattr(row.node.layer, "multiplier", 0))
    return 2 * max((*sizes, padded))


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
