"""The memory of one training step: what is kept, what gradients and the optimizer take, its peak, and where that is."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.core.record import replace
from shapecalc.passes.backward_walk import fullest_moment
from shapecalc.passes.kept_volumes import keep_volumes
from shapecalc.passes.memory import totals
from shapecalc.passes.optimizers import slot_bytes, temporary_bytes
from shapecalc.passes.report import Conventions, Report, Row, Totals, unread
from shapecalc.passes.step_memory import StepMemory

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
    ends = unread(rows)
    values = sum(row.activations or 0 for row in rows if not row.inputs)
    labels = max((row.output.positions for row in ends if row.output), default=1)
    return StepMemory(
        weights=size * sum([(row.params or 0) + (row.buffers or 0) for row in rows]),
        batch=images * (size * values + LABEL * labels),
        slots=slot_bytes(conventions.optimizer, arrays),
        kept_by_row=tuple(kept.new_bytes()),
        weight_gradients=sum(arrays),
        outputs=sum(kept.sizes[storage] for storage in {kept.output[row.node.index] for row in ends}),
        optimizer_temporary=temporary_bytes(
            conventions.optimizer,
            arrays,
            all_at_once=conventions.all_at_once,
            weight_decay=conventions.weight_decay,
        ),
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
    return replace(
        report,
        rows=rows,
        conventions=conventions,
        totals=with_training(rows, totals(rows, conventions), conventions),
    )
