"""Sizes that work, in words."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.display.characters import clean
from shapecalc.repairs.working_sizes import AxisSizes, Solved

MOST_SHOWN = 6
"""Progressions and single sizes that are written out."""


def lines(path: str, solved: Solved) -> Iterator[str]:
    """What `shapecalc solve` prints: an axis a line, then whole sizes to write."""
    present = "x".join(str(axis.present) for axis in solved.axes)
    yield f"{clean(path)}: INPUT({present}x{solved.depth})"
    pad = max(len(axis.axis) for axis in solved.axes)
    for axis in solved.axes:
        yield f"  {axis.axis:<{pad}}  {_axis(axis, solved.up_to)}"
    if not all(axis.sizes for axis in solved.axes):
        yield f"  no size from 1 to {solved.up_to:,} works: {clean(solved.reason)}"
        return
    nearest = "x".join(str(axis.nearest) for axis in solved.axes)
    smallest = "x".join(str(axis.sizes[0]) for axis in solved.axes)
    works = nearest == present
    yield f"  {'it works as it is' if works else f'nearest: INPUT({nearest}x{solved.depth})'}"
    yield f"  smallest: INPUT({smallest}x{solved.depth})"


def _axis(axis: AxisSizes, up_to: int) -> str:
    if not axis.sizes:
        return "none"
    shown = ", ".join(_progression(*pair) for pair in axis.progressions[:MOST_SHOWN])
    more = f", and {len(axis.progressions) - MOST_SHOWN} more" if len(axis.progressions) > MOST_SHOWN else ""
    count = f"{len(axis.sizes):,} of the sizes from 1 to {up_to:,}"
    same = (
        f"; {axis.same[0]} to {axis.same[1]} give the same volumes" if axis.same and axis.same[0] < axis.same[1] else ""
    )
    return f"{shown}{more} ({count}{same})"


def _progression(first: int, step: int) -> str:
    """`67 + 32·n`; sizes that follow each other are `10 or more`."""
    if step == 0:
        return str(first)
    if first == step > 1:
        return f"multiples of {step}"
    return f"{first} or more" if step == 1 else f"{first} + {step}·n"
