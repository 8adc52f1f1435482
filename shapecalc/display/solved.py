"""Sizes that work, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapecalc.core.phrases import listed, size_text
from shapecalc.display.style import clean
from shapecalc.repairs.working_sizes import AxisSizes, Solved
from shapecalc.transforms.open_values import Found, OpenValue

MOST_SHOWN = 6
"""Progressions and single sizes that are written out."""


def lines(path: str, solved: Solved, read: Sequence[str] = ()) -> Iterator[str]:
    """What `shapecalc solve` prints: an axis a line, then whole sizes to write; `read` is what layers expect."""
    present = size_text(axis.present for axis in solved.axes)
    yield f"{clean(path)}: INPUT({present}x{solved.depth})"
    pad = max(len(axis.axis) for axis in solved.axes)
    for axis in solved.axes:
        yield f"  {axis.axis:<{pad}}  {_axis(axis, solved.up_to)}"
    if not all(axis.sizes for axis in solved.axes):
        yield f"  no size from 1 to {solved.up_to:,} works: {clean(solved.reason)}"
        return
    nearest = size_text(solved.nearest or ())
    smallest = size_text(solved.smallest or ())
    works = nearest == present
    yield f"  {'it works as it is' if works else f'nearest: INPUT({nearest}x{solved.depth})'}"
    yield f"  smallest: INPUT({smallest}x{solved.depth})"
    if solved.coupled_by:
        names = [axis.axis for axis in solved.axes]
        yield f"  not every {names[0]} works with every {names[1]}, because of {clean(solved.coupled_by)}"
    if read:
        yield f"  left out of this, and check says which sizes give it: {clean(listed(read, MOST_SHOWN))}"


def _axis(axis: AxisSizes, up_to: int) -> str:
    if not axis.sizes:
        return "none"
    shown = listed([_progression(*pair) for pair in axis.progressions], MOST_SHOWN)
    count = f"{len(axis.sizes):,} of the sizes from 1 to {up_to:,}"
    same = (
        f"; {axis.same[0]} to {axis.same[1]} give the same volumes" if axis.same and axis.same[0] < axis.same[1] else ""
    )
    return f"{shown} ({count}{same})"


def _progression(first: int, step: int) -> str:
    """`67 + 32·n`; sizes that follow each other are `10 or more`."""
    if step == 0:
        return str(first)
    if first == step > 1:
        return f"multiples of {step}"
    return f"{first} or more" if step == 1 else f"{first} + {step}·n"


MOST_COMBINATIONS_SHOWN = 12
"""Combinations of several open values that are written out."""


def value_lines(path: str, opened: Sequence[OpenValue], at: Sequence[tuple[int, int]], found: Found) -> Iterator[str]:
    """What `shapecalc solve` prints of open values: where they are, and which fit, or what none of them meets."""
    for value, (line, column) in zip(opened, at, strict=True):
        layer = f" of {clean(value.layer)}" if value.layer else ""
        yield f"{clean(path)}:{line}:{column}: {value.argument}{layer} is open"
    if not found.values:
        many = f"{found.tried:,} values" if len(opened) == 1 else "all combinations"
        lead = "none of them meets" if len(found.unmet) == 1 else "none of them meets all of"
        yield f"  {many} were tried, and {lead}: {'; '.join(map(clean, found.unmet))}"
    elif len(opened) == 1:
        yield f"  {opened[0].argument} = {_runs([value for (value,) in found.values])}"
    else:
        for values in found.values[:MOST_COMBINATIONS_SHOWN]:
            pairs = zip(opened, values, strict=True)
            yield f"  {', '.join(f'{o.argument} of {clean(o.layer)} = {v}' if o.layer else str(v) for o, v in pairs)}"
        if len(found.values) > MOST_COMBINATIONS_SHOWN:
            yield f"  and {len(found.values) - MOST_COMBINATIONS_SHOWN:,} more"


def _runs(values: Sequence[int]) -> str:
    """Ascending numbers, those that follow each other as `1 to 51`."""
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    parts = [f"{run[0]} to {run[-1]}" if len(run) > 2 else " or ".join(map(str, run)) for run in runs]
    more = f", and {len(parts) - MOST_SHOWN} more" if len(parts) > MOST_SHOWN else ""
    return " or ".join(parts[:MOST_SHOWN]) + more
