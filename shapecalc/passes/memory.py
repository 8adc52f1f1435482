"""What a network takes: memory of weights and volumes, and of a training step, what it keeps and where its peak is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod

from shapecalc.core.record import replace
from shapecalc.passes.backward_walk import fullest_moment
from shapecalc.passes.kept_volumes import keep_volumes
from shapecalc.passes.optimizers import slot_bytes, temporary_bytes
from shapecalc.passes.report import Conventions, Memory, Report, Row, Totals, unread
from shapecalc.passes.step_memory import StepMemory


def mark_in_place(rows: Sequence[Row]) -> None:
    """Marks the rows that take no memory: views of their input, and layers that write over it.

    A layer may write over its input where nothing else reads that, nor the volume that the input is a view of.
    """
    readers = Counter(source for row in rows for source in row.node.inputs)
    alone: list[bool] = []
    """For every row whether everyone who reads its buffer does so through it."""
    for row in rows:
        layer, inputs = row.node.layer, row.node.inputs
        only_reader = all(readers[i] == 1 and alone[i] for i in inputs)
        if len(inputs) == 1:
            row.in_place = layer.view or (layer.in_place and only_reader)
        alone.append(only_reader or not row.in_place)


def totals(rows: Sequence[Row], conventions: Conventions, *, with_peak: bool = True) -> Totals:
    """Sums over all rows, and memory in bytes for a batch. What includes an unknown row is None.

    The peak takes as long as all the rest, and is left out where nobody asks for it.
    """
    weights, biases = _sum([r.weights for r in rows]), _sum([r.biases for r in rows])
    buffers, values = _sum([r.buffers for r in rows]), _sum([r.allocated for r in rows])
    macs = _sum([r.macs for r in rows])
    size, batch = conventions.bytes, conventions.batch
    parameters = forward = peak = None
    if weights is not None and biases is not None and buffers is not None:
        parameters = size * (weights + biases + buffers)
        if values is not None:
            forward = size * batch * values
            peak = parameters + size * batch * peak_values(rows) if with_peak else None
    return Totals(
        len(rows),
        weights,
        biases,
        buffers,
        None if macs is None else macs * batch,
        None if values is None else values * batch,
        Memory(parameters, forward, peak),
        sum(1 for r in rows if r.output is None),
        sum(r.params or 0 for r in rows if r.frozen),
    )


def peak_values(rows: Sequence[Row]) -> int:
    """The largest number of values alive at once when every volume is freed after its last use."""
    buffer: list[int] = []
    last = [0] * len(rows)
    """The row after which a buffer is freed, none for what comes out of the network."""
    for row in rows:
        index = row.node.index
        buffer.append(buffer[row.node.inputs[0]] if row.overwrites else index)
        for source in row.node.inputs:
            last[buffer[source]] = index
    for row in unread(rows):
        last[buffer[row.node.index]] = len(rows)
    live = peak = 0
    for index, row in enumerate(rows):
        live += (row.activations or 0) if buffer[index] == index else 0
        peak = max(peak, live)
        for which in {buffer[source] for source in row.node.inputs}:
            live -= (rows[which].activations or 0) if last[which] == index else 0
    return peak


def lecture_memory(memory: Memory, conventions: Conventions, trained: int) -> dict[str, int] | None:
    """Training as the lecture's rules of thumb have it: named bytes beside the peak, and not the answer."""
    if memory.forward is None:
        return None
    return {
        "cs231n: forward, times 2 for backward": 2 * memory.forward,
        "cs231n: parameters, times 3 for gradients and momentum": 3 * conventions.bytes * trained,
    }


def im2col(row: Row) -> tuple[int, int] | None:
    """Rows and columns of the buffer that im2col makes of a convolution's input: F·F·D1 x W2·H2.

    None for layers that do not multiply a sliding window.
    """
    if not row.windows or not row.kernels or row.output is None or row.arriving is None:
        return None
    return prod(w.extent for w in row.windows) * row.arriving.depth, row.output.positions


def _sum(values: Sequence[int | None]) -> int | None:
    return None if None in values else sum(filter(None, values))


# --- a training step ------------------------------------------------------------------------------

LABEL = 8
"""Bytes of a label."""


def training_memory(rows: Sequence[Row], conventions: Conventions) -> StepMemory | None:
    """The bytes that a training step takes, as PyTorch takes it; None where a row is unknown.

    The rules and the walk are those that storages alive after every call of a step follow, measured on PyTorch 2.14.1.
    """
    if any(row.output is None for row in rows):
        return None
    size, images = conventions.bytes, conventions.batch
    kept = keep_volumes(rows, conventions)
    arrays = [size * a.size for row in rows if not row.frozen for a in row.weight_arrays if a.role != "running"]
    ends, optimizer = unread(rows), conventions.optimizer
    at_once, decays = conventions.all_at_once, conventions.weight_decay
    values = sum(row.activations or 0 for row in rows if not row.inputs)
    labels = max((row.output.positions for row in ends if row.output), default=1)
    return StepMemory(
        weights=size * sum([(row.params or 0) + (row.buffers or 0) for row in rows]),
        batch=images * (size * values + LABEL * labels),
        slots=slot_bytes(optimizer, arrays),
        kept_by_row=tuple(kept.new_bytes()),
        weight_gradients=sum(arrays),
        outputs=sum(kept.sizes[storage] for storage in {kept.output[row.node.index] for row in ends}),
        optimizer_temporary=temporary_bytes(optimizer, arrays, all_at_once=at_once, weight_decay=decays),
        moment=fullest_moment(rows, kept, conventions),
    )


def with_training(rows: Sequence[Row], sums: Totals, conventions: Conventions) -> Totals:
    """The totals with what a training step takes; every row gets what it keeps of that."""
    step = training_memory(rows, conventions)
    for row, kept in zip(rows, step.kept_by_row if step else (), strict=False):
        row.kept = kept
    every, checkpointed = conventions.checkpoint, None
    if step and every is not None:
        from shapecalc.passes.checkpointing import with_checkpoints

        checkpointed = with_checkpoints(rows, conventions, step, every or None)
    return replace(sums, memory=replace(sums.memory, step=step, checkpointed=checkpointed))


def with_batch(report: Report, batch: int) -> Report:
    """The report for another number of images."""
    conventions = replace(report.conventions, batch=batch)
    rows = tuple(replace(row) for row in report.rows)
    sums = with_training(rows, totals(rows, conventions), conventions)
    return replace(report, rows=rows, conventions=conventions, totals=sums)
