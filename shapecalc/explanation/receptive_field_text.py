"""The step of the receptive field: from what the inputs of a layer see to what its outputs see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapecalc.core.volumes import axis_name
from shapecalc.core.window import Window, decimal
from shapecalc.passes.report import Field, ReceptiveField, Row


def receptive_field_lines(row: Row, rows: Sequence[Row]) -> Iterator[str]:
    """What an output sees of the network's input, worked where windows of a known step give it."""
    if row.field is None:
        return
    if not row.node.inputs:
        yield "a position of the input sees itself: size 1, step 1"
        return
    before = rows[row.node.inputs[0]].field
    if not any(axis.size for axis in row.field.axes):
        yield "nothing of the network's input"
    elif row.field.status == "whole input":
        yield "every output sees the whole input"
    elif row.field.status == "mixed":
        yield f"branches that look in different steps are joined; the widest sees {_sizes(row.field.axes)}"
    elif len(row.node.inputs) > 1:
        yield f"the branches together see {_sizes(row.field.axes)}"
    elif before is not None and _steps_along(row, before):
        yield from _worked(row, before.axes)
    elif before is not None and before.axes == row.field.axes:
        yield f"as before it: {_sizes(row.field.axes)}"
    else:
        yield f"an output sees {_sizes(row.field.axes)} of the network's input"
    if row.field.status == "outer bounds":
        yield "no more than that; perhaps less"


def _steps_along(row: Row, before: ReceptiveField) -> bool:
    """Whether the windows of a layer step along the axes of the INPUT: after a RESHAPE these may be others."""
    along = len(before.axes) == len(row.windows) > 0
    return along and _is_plain(before.axes) and before.status in ("exact", "outer bounds")


def _is_plain(axes: Sequence[Field]) -> bool:
    """Whether every output sees as much as the others."""
    return all(len(axis.intervals) == 1 and axis.intervals[0] for axis in axes)


def _sizes(axes: Sequence[Field]) -> str:
    return f"{'x'.join(str(axis.size) for axis in axes)} {'positions' if len(axes) == 1 else 'pixels'}"


def _worked(row: Row, before: Sequence[Field]) -> Iterator[str]:
    """The rule r2 = r + (F − 1)·s of every axis that differs from the one before it."""
    assert row.field is not None
    seen = set()
    for axis, (old, new, window) in enumerate(zip(before, row.field.axes, row.windows, strict=True)):
        if (old, new, window) in seen:
            continue
        seen.add((old, new, window))
        alone = f"{axis_name(axis, len(before))[0]}: " if len(set(zip(before, row.windows, strict=True))) > 1 else ""
        yield f"{alone}{_size_step(old, new, window)}"
        step = f"step s·S = {decimal(old.step)}·{window.stride} = {decimal(new.step)}"
        yield f"{step} from one output to the next{_ends(new)}"


def _size_step(old: Field, new: Field, window: Window) -> str:
    extent = "Fe" if window.dilation > 1 else "F"
    numbers = f"{old.size} + ({window.effective} − 1)·{decimal(old.step)} = {new.size}"
    before = f"what arrives sees r = {old.size} in steps of s = {decimal(old.step)}"
    return f"receptive field r + ({extent} − 1)·s = {numbers}, where {before}"


def _ends(field: Field) -> str:
    """What the first output sees."""
    ends = field.at(0)
    if ends is None:
        return ""
    first, last = ends
    padding = ", where those before 0 are padding" if first < 0 else ""
    return f"; the first sees {first} to {last}{padding}".replace("-", "−")
