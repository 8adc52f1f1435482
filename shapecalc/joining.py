"""Branches that are joined: which volumes go together, and what to say when they do not."""

from __future__ import annotations

from shapecalc.layer import Volume
from shapecalc.shaping import axis_name
from shapecalc.window import ShapeError


class BranchError(ShapeError):
    """Two branches that do not join: `branches` are their positions, so that both producers can be named."""

    branches: tuple[int, int]


def disagreement(kind: str, one: Volume, i: int, other: Volume, j: int) -> BranchError:
    """The error for two branches whose sizes differ, naming the axis."""
    rank = len(one.spatial)
    if len(other.spatial) != rank:
        what = f"number of spatial axes: {rank} and {len(other.spatial)}"
    else:
        axis = next((a for a in range(rank) if one.spatial[a] != other.spatial[a]), rank)
        noun = "depth" if axis == rank else axis_name(axis, rank)[0]
        what = f"{noun}: {one.sizes[axis]} and {other.sizes[axis]}"
    error = BranchError(
        "SHP208",
        f"{kind} cannot join {one} and {other}: the branches differ in {what}",
        label=f"branch {i + 1} gives {one}, branch {j + 1} gives {other}",
    )
    error.branches = (i, j)
    return error


def broadcast(kind: str, volumes: tuple[Volume, ...]) -> Volume:
    """The volume that branches joined value by value give; those of 1x1 spread over the others.

    Raises BranchError SHP208 where they differ.
    """
    widest = max(range(len(volumes)), key=lambda i: (volumes[i].positions, -i))
    result = volumes[widest]
    for i, volume in enumerate(volumes):
        same = volume.spatial == result.spatial or (
            volume.positions == 1 and len(volume.spatial) == len(result.spatial)
        )
        if not same or volume.depth != result.depth:
            first, second = sorted((i, widest))
            raise disagreement(kind, volumes[first], first, volumes[second], second)
    return Volume(result.spatial, result.depth, all(v.flat for v in volumes))
