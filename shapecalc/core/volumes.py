"""What shape rules share: windows over every axis, space to slide over, groups that divide."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.core.phrases import size_text
from shapecalc.core.window import Rounding, ShapeError, Window

if TYPE_CHECKING:
    pass


@lru_cache(maxsize=4096)
def windows_over(
    spatial: tuple[int, ...],
    extent: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    rounding: Rounding = "floor",
) -> tuple[Window, ...]:
    """One window per spatial axis, from arguments that may give one number for every axis.

    Raises ShapeError SHP209 when an argument has sizes for another number of axes.
    """
    rank = len(spatial)
    pads = padding.over(spatial, extent, stride, dilation)
    axes = zip(extent.over(rank), stride.over(rank), pads, dilation.over(rank), strict=True)
    return tuple(Window(f, s, before, after, d, rounding) for f, s, (before, after), d in axes)


def slide(layer: Layer, volume: Volume) -> tuple[int, ...]:
    """Spatial sizes after the layer's windows have been slid over a volume.

    Raises ShapeError SHP210 on a flat volume, SHP205 where a window does not fit.
    """
    windows = layer.windows(volume)
    if volume.flat:
        extent = size_text(w.extent for w in windows)
        require_space(layer, volume, f"slides a {extent} window")
    try:
        return outputs_over(windows, volume.spatial)
    except ShapeError as problem:
        raise _too_large(layer, volume, windows, problem.code) from None


@lru_cache(maxsize=4096)
def outputs_over(windows: tuple[Window, ...], spatial: tuple[int, ...]) -> tuple[int, ...]:
    """How many windows fit along every axis. Raises ShapeError SHP205 where one does not fit."""
    return tuple([w.outputs(s) for w, s in zip(windows, spatial, strict=True)])


def _too_large(layer: Layer, volume: Volume, windows: tuple[Window, ...], code: str) -> ShapeError:
    """The error for the first window that does not fit, naming the axis."""
    sizes = enumerate(zip(windows, volume.spatial, strict=True))
    axis, window, size = next((a, w, s) for a, (w, s) in sizes if w.slack(s) < 0 and not w.hangs_over(s))
    name, pads = axis_name(axis, len(windows)), window.before + window.after
    largest = (size + pads - 1) // window.dilation + 1
    padded = f"{size} + {pads} of padding" if pads else str(size)
    return ShapeError(
        code,
        f"{layer.kind} is larger than its input: a window {window.effective} {name[1]} on {padded}",
        label=f"expected {name[0]} of at most {size + pads}, found {window.effective}",
        help=(f"write F={largest} or less, or pad the {name[0]} by {window.effective - size - pads} more",),
    )


def require_space(layer: Layer, volume: Volume, what: str) -> None:
    """Raises ShapeError SHP210 where a layer that works on space, as `what` says, reads a flat volume."""
    if volume.flat:
        raise ShapeError(
            "SHP210",
            f"{layer.kind} {what}, and its input {volume} is flat: an FC or FLATTEN before it removed width and height",
            label=f"expected a volume with width and height, found {volume}",
            help=(f"move {layer.kind} before the FC, or give the values a shape with RESHAPE(WxHxD)",),
        )


def divide_into_groups(groups: int, depth: int, filters: int | None = None) -> None:
    """Raises ShapeError SHP207 unless the groups divide the input's depth, and the filters where there are any."""
    if not depth % groups and not (filters or 0) % groups:
        return
    wanted = [(depth, "channels of the input")] + ([] if filters is None else [(filters, "filters")])
    both = "the depth of the input" if filters is None else "both the depth of the input and the number of filters"
    for number, what in wanted:
        if number % groups:
            raise ShapeError(
                "SHP207",
                f"{groups} groups do not divide the {number} {what}",
                label=f"{number} / {groups} leaves a remainder of {number % groups}",
                help=(f"groups must divide {both}",),
            )


def axis_name(axis: int, rank: int) -> tuple[str, str]:
    """The noun and the adjective of an axis: ('width', 'wide')."""
    if rank == 1:
        return "length", "long"
    return (("width", "wide"), ("height", "high"), ("slice axis", "slices"))[axis]


def axis_called(word: str, volume: Volume) -> int:
    """The place of an axis among the sizes of a volume, by its name. Raises ShapeError SHP209 where it has none."""
    rank = len(volume.spatial)
    names = {"depth": rank, **{axis_name(axis, rank)[0].partition(" ")[0]: axis for axis in range(rank)}}
    names = {("slices" if name == "slice" else name): axis for name, axis in names.items()}
    if word not in names:
        known = ", ".join(names)
        raise ShapeError("SHP209", f"{volume} has no axis called {word}", label=f"its axes are {known}")
    return names[word]


class BranchError(ShapeError):
    """Two branches that do not join: `branches` are their positions, so that both producers can be named."""

    branches: tuple[int, int]


def disagreement(kind: str, one: Volume, i: int, other: Volume, j: int, joined: int | None = None) -> BranchError:
    """The error for two branches whose sizes differ, naming the axis; along a joined one they may."""
    rank = len(one.spatial)
    if len(other.spatial) != rank:
        what = f"number of spatial axes: {rank} and {len(other.spatial)}"
    else:
        axis = next((a for a in range(rank) if a != joined and one.spatial[a] != other.spatial[a]), rank)
        noun = "depth" if axis == rank else axis_name(axis, rank)[0]
        what = f"{noun}: {one.sizes[axis]} and {other.sizes[axis]}"
    error = BranchError(
        "SHP208",
        f"{kind} cannot join {one} and {other}: the branches differ in {what}",
        label=f"branch {i + 1} gives {one}, branch {j + 1} gives {other}",
    )
    error.branches = (i, j)
    return error


def broadcast(kind: str, volumes: tuple[Volume, ...], *, over_depth: bool = False) -> Volume:
    """The volume that branches joined value by value give; those of 1x1 are broadcast over the others.

    `over_depth` does so with those of one channel too, such as a map of spatial attention.
    Raises BranchError SHP208 where they differ.
    """
    widest = max(range(len(volumes)), key=lambda i: (volumes[i].positions, -i))
    result = volumes[widest]
    depth = max(volume.depth for volume in volumes) if over_depth else result.depth
    for i, volume in enumerate(volumes):
        same = volume.spatial == result.spatial or (
            volume.positions == 1 and len(volume.spatial) == len(result.spatial)
        )
        if not same or (volume.depth != depth and not (over_depth and volume.depth == 1)):
            first, second = sorted((i, widest))
            raise disagreement(kind, volumes[first], first, volumes[second], second)
    return Volume(result.spatial, depth, all(v.flat for v in volumes))
