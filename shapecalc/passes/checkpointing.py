"""Checkpoints as a what-if: volumes are kept between segments of layers only, and each segment is run twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isqrt

from shapecalc.core.record import replace
from shapecalc.passes.backward_walk import Segment, fullest_moment
from shapecalc.passes.kept_volumes import KeptVolumes, keep_volumes
from shapecalc.passes.report import Conventions, Row
from shapecalc.passes.step_memory import CheckpointedStep, StepMemory


def layers_between(text: str) -> int:
    """Layers between two checkpoints from `every=4`; 0 from `sqrt`. Raises ValueError for another text."""
    if text == "sqrt":
        return 0
    number = text.removeprefix("every=")
    if not re.fullmatch(r"0*[1-9][0-9]{0,8}", number):
        raise ValueError(f"'{text}' is neither a number of layers, such as every=4, nor sqrt")
    return int(number)


def with_checkpoints(
    rows: Sequence[Row], conventions: Conventions, step: StepMemory, every: int | None
) -> CheckpointedStep:
    """What a step becomes with checkpoints every so many layers; None is the square root of their number."""
    layers = sum(1 for row in rows if row.inputs)
    every = every or isqrt(max(layers - 1, 0)) + 1  # rounded up
    kept = keep_volumes(rows, conventions)
    segments = _segments(rows, kept, every)
    stays = {s for segment in segments for s in segment.held}.union(*(kept.by_row[i] for i in segments[-1].rows))
    again = sum(rows[i].macs or 0 for segment in segments[:-1] for i in segment.rows)
    return CheckpointedStep(
        every,
        len(segments),
        sum(kept.sizes[storage] for storage in stays),
        replace(step, moment=fullest_moment(rows, kept, conventions, segments)),
        conventions.batch * again,
    )


def _segments(rows: Sequence[Row], kept: KeptVolumes, every: int) -> list[Segment]:
    """The rows in segments, each with the storages that come from earlier ones and are read from here on."""
    last_reader = list(range(len(rows)))
    for row in rows:
        for source in row.node.inputs:
            last_reader[source] = max(last_reader[source], row.node.index)
    segments, crossing = [], set[int]()
    first = next((row.node.index for row in rows if row.inputs), 0)  # INPUT runs nothing
    for start in (0, *range(first + every, len(rows), every)):
        crossing = {i for i in crossing if last_reader[i] >= start}
        held = frozenset(kept.output[i] for i in crossing)
        end = min(max(start, first) + every, len(rows))
        segments.append(Segment(range(start, end), held))
        crossing |= {i for i in range(start, end) if last_reader[i] >= end}
    return segments
