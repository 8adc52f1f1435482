"""Figures derived from rows and graph alone: receptive fields, memory, totals, other tools' counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from shapecalc.graph import Graph
from shapecalc.layer import HERE
from shapecalc.report import SLOTS, Conventions, Field, Memory, ReceptiveField, Row, Totals


def add_receptive_fields(rows: Sequence[Row]) -> None:
    """Gives every row its receptive field, composed from the windows on the way from the input.

    An output o sees input positions step·o + low … step·o + high; a further window with reach (s, l, h) makes
    that step·s, step·l + low, step·h + high. Over a merge: the union of the branches' intervals.
    """
    for row in rows:
        if row.output is None:
            continue
        sources = [rows[i].field for i in row.node.inputs]
        if not sources:
            one = Field(1, 0, 0)
            row.field = ReceptiveField("exact", (one,) * len(row.output.spatial))
            continue
        known = [f for f in sources if f is not None]
        if len(known) < len(sources):
            continue
        field = _union(known)
        layer, volume = row.node.layer, row.inputs[0]
        if layer is None or volume is None:
            continue
        if layer.sees_everything or field.status == "whole input":
            row.field = ReceptiveField("whole input", _whole_input(rows, row))
            continue
        reach = layer.reach(volume)
        if layer.merges or all(r is HERE for r in reach):
            row.field = field
            continue
        axes = tuple(
            Field(f.step * r.step, f.step * r.low + f.low, f.step * r.high + f.high)
            for f, r in zip(field.axes, reach, strict=True)
        )
        row.field = ReceptiveField(field.status, axes)


def _union(fields: Sequence[ReceptiveField]) -> ReceptiveField:
    if len(fields) == 1:
        return fields[0]
    statuses = {f.status for f in fields}
    if "whole input" in statuses:
        return next(f for f in fields if f.status == "whole input")
    if len({len(f.axes) for f in fields}) > 1:
        return ReceptiveField("mixed", fields[0].axes)
    axes = tuple(
        Field(max(f.step for f in along), min(f.low for f in along), max(f.high for f in along))
        for along in zip(*(f.axes for f in fields), strict=True)
    )
    even = all(len({f.step for f in along}) == 1 for along in zip(*(f.axes for f in fields), strict=True))
    return ReceptiveField("mixed" if "mixed" in statuses or not even else "exact", axes)


def _whole_input(rows: Sequence[Row], row: Row) -> tuple[Field, ...]:
    """The interval of the whole input, for the first INPUT that the row descends from."""
    at = row
    while at.node.inputs:
        source = rows[at.node.inputs[0]]
        if source.field is not None and source.field.status == "whole input":
            return source.field.axes
        at = source
    spatial = at.output.spatial if at.output else ()
    return tuple(Field(0, 0, size - 1) for size in spatial)


def mark_in_place(graph: Graph, rows: Sequence[Row]) -> None:
    """Marks the rows that write over their input: layers that can, where nobody else still reads it."""
    readers = graph.consumers()
    for row in rows:
        layer = row.node.layer
        if layer is not None and layer.in_place and len(row.node.inputs) == 1:
            row.in_place = len(readers[row.node.inputs[0]]) == 1


def totals(rows: Sequence[Row], conventions: Conventions) -> Totals:
    """Sums over all rows, and memory in bytes for a batch. What includes an unknown row is None."""
    weights, biases = _sum(r.weights for r in rows), _sum(r.biases for r in rows)
    buffers, values = _sum(r.buffers for r in rows), _sum(r.allocated for r in rows)
    macs = _sum(r.macs for r in rows)
    size, batch = conventions.bytes, conventions.batch
    parameters = forward = training = peak = None
    if weights is not None and biases is not None and buffers is not None:
        parameters = size * (weights + biases + buffers)
        if values is not None:
            forward = size * batch * values
            slots = 1 + SLOTS[conventions.optimizer]
            training = 2 * forward + parameters + size * slots * (weights + biases)
            peak = parameters + size * batch * peak_values(rows)
    return Totals(
        len(rows),
        weights,
        biases,
        buffers,
        None if macs is None else macs * batch,
        None if values is None else values * batch,
        Memory(parameters, forward, training, peak),
        sum(1 for r in rows if r.output is None),
    )


def peak_values(rows: Sequence[Row]) -> int:
    """The largest number of values alive at once when every volume is freed after its last use."""
    buffer: list[int] = []
    last: dict[int, int] = {}
    for row in rows:
        index = row.node.index
        buffer.append(buffer[row.node.inputs[0]] if row.in_place else index)
        for source in row.node.inputs:
            last[buffer[source]] = index
    read = {i for row in rows for i in row.node.inputs}
    kept = {buffer[row.node.index] for row in rows if row.node.index not in read}
    freed_at: dict[int, list[int]] = {}
    for which, index in last.items():
        if which not in kept:
            freed_at.setdefault(index, []).append(which)
    alive = peak = 0
    for row in rows:
        alive += row.allocated or 0
        peak = max(peak, alive)
        alive -= sum(rows[which].activations or 0 for which in freed_at.get(row.node.index, ()))
    return peak


def largest_batch(rows: Sequence[Row], conventions: Conventions, memory: int, *, training: bool) -> int | None:
    """How many images fit into `memory` bytes at once; None when a row is unknown, 0 when not even one fits."""
    one, two = (totals(rows, _with_batch(conventions, n)).memory for n in (1, 2))
    first, second = (one.training, two.training) if training else (one.inference_peak, two.inference_peak)
    if first is None or second is None:
        return None
    each = second - first
    fixed = first - each
    return max(0, (memory - fixed) // each) if each else None


def _with_batch(conventions: Conventions, batch: int) -> Conventions:
    return Conventions(batch, conventions.dtype, conventions.optimizer)


def im2col(row: Row) -> tuple[int, int] | None:
    """Rows and columns of the buffer that im2col makes of a convolution's input: F·F·D1 x W2·H2.

    None for layers that do not multiply a sliding window.
    """
    kernels = [a for a in row.weight_arrays if a.role == "kernel"]
    if not row.windows or not kernels or row.output is None or row.inputs[0] is None:
        return None
    return prod(w.extent for w in row.windows) * row.inputs[0].depth, row.output.positions


def _sum(values: Iterable[int | None]) -> int | None:
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total


# --- other tools' counts ----------------------------------------------------------------------

BUCKETS = (
    "mac", "mac_by_output", "conv_bias", "fc_bias", "norm", "norm_params", "activation",
    "pool", "pool_input", "average_pool", "adaptive", "adaptive_input", "elementwise",
)  # fmt: skip

TOOLS: dict[str, dict[str, int]] = {
    "shapecalc macs": {"mac": 1},
    "torch FlopCounterMode": {"mac": 2},
    "fvcore": {"mac": 1, "norm": 2, "adaptive_input": 1},
    "ptflops": {"mac": 1, "conv_bias": 1, "fc_bias": 1},
    "thop": {"mac_by_output": 1, "norm": 4, "average_pool": 1, "adaptive": 1, "adaptive_input": 1},
    "torchinfo": {"mac_by_output": 1, "conv_bias": 1, "fc_bias": 1, "norm_params": 1},
    "calflops": {"mac": 2, "conv_bias": 1, "norm": 2, "activation": 1, "pool_input": 1, "adaptive_input": 1},
    "darknet": {"mac": 2},
}
"""Each tool's figure for one image as a combination of buckets (torchinfo counts norm_params once a batch)."""


def work(rows: Sequence[Row]) -> dict[str, int] | None:
    """How much work there is under each head, for one image; None when a row is unknown."""
    counts = dict.fromkeys(BUCKETS, 0)
    for row in rows:
        layer, output = row.node.layer, row.output
        if layer is None or output is None:
            return None
        kernels = [a for a in row.weight_arrays if a.role == "kernel"]
        counts["mac"] += sum(a.size * a.uses for a in kernels)
        counts["mac_by_output"] += sum(a.size * a.uses_by_output for a in kernels)
        if layer.bucket == "mac" and any(a.role == "bias" for a in row.weight_arrays):
            counts["fc_bias" if layer.sees_everything else "conv_bias"] += output.size
        read = sum(v.size for v in row.inputs if v)
        if layer.bucket == "norm":
            counts["norm"] += output.size
            counts["norm_params"] += sum(a.size for a in row.weight_arrays if a.role != "running")
        elif layer.bucket == "pool":
            counts["pool"] += output.size
            counts["pool_input"] += read
            counts["average_pool"] += output.size * (getattr(layer, "mode", "") == "avg")
        elif layer.bucket == "adaptive":
            counts["adaptive"] += output.size
            counts["adaptive_input"] += read
        elif layer.bucket in ("activation", "elementwise"):
            counts[layer.bucket] += output.size
    return counts


def as_counted_by(counts: dict[str, int], tool: str) -> int:
    """What another tool would report, from the counts under each head."""
    return sum(counts[bucket] * factor for bucket, factor in TOOLS[tool].items())
