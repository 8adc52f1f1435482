"""What to do about an image that does not fit: the step in NumPy that makes it fit, where one is likely meant."""

from __future__ import annotations

from math import prod


def hint(shape: tuple[int, ...], sizes: tuple[int, ...]) -> str:
    """What makes an array of this shape fit an input of these sizes (spatial axes width first, channels last).

    Rows of pixels, as most programs save them, have their axes in another order; channels may come first, or be
    left out where there is one.
    """
    if 0 in shape:
        return "there is no image in the array"
    for batched in (False, True):
        found = _by_order(shape, sizes, batched) or _without_channels(shape, sizes, batched)
        if found:
            return f"save {found}"
    if shape and prod(shape) % prod(sizes) == 0 and len(shape) <= 2:
        return f"save {_unrolled(shape, sizes)}, if its values are stored row by row"
    bare = shape[1:] if len(shape) == len(sizes) + 1 else shape
    if len(bare) == len(sizes) and bare[-1] == sizes[-1]:
        return f"--input {'x'.join(map(str, bare))} runs the network on images of this size"
    return "the axes are width, height, channels, with the number of images in front where there are many"


def _orders(rank: int) -> list[tuple[str, tuple[int, ...]]]:
    """Orders of axes that others use: their name, and where to find width, height, … and channels in them."""
    spatial = tuple(range(rank - 1))
    back = tuple(reversed(spatial))
    names = ("", "width", "height, width", "depth, height, width")[rank - 1] if rank <= 4 else "the last axis first"
    first = tuple(a + 1 for a in spatial)
    return [
        (f"{names}, channels", (*back, rank - 1)),
        (f"channels, {names}", (*reversed(first), 0)),
        ("channels first", (*first, 0)),
    ]


def _by_order(shape: tuple[int, ...], sizes: tuple[int, ...], batched: bool) -> str:
    rank = len(sizes)
    if len(shape) != rank + batched:
        return ""
    for name, order in _orders(rank):
        order = (0, *(a + 1 for a in order)) if batched else order
        if tuple(shape[a] for a in order[batched:]) == sizes:
            return f"image.transpose({', '.join(map(str, order))}): the axes seem to be {'images, ' * batched}{name}"
    return ""


def _without_channels(shape: tuple[int, ...], sizes: tuple[int, ...], batched: bool) -> str:
    *spatial, depth = sizes
    if len(shape) != len(spatial) + batched:
        return ""
    turned, said = "", "the axis of channels is missing"
    if len(spatial) > 1 and list(shape[batched:]) == spatial[::-1]:
        # So too where all sides are as long: other programs have rows first.
        axes = (*range(batched), *range(len(shape) - 1, batched - 1, -1))
        turned = f".transpose({', '.join(map(str, axes))})"
        said += f", and {'depth' if len(spatial) > 2 else 'height'} seems to come first"
    elif list(shape[batched:]) != spatial:
        return ""
    if depth == 1:
        return f"image{turned}[..., None]: {said}"
    return f"numpy.stack([image{turned}] * {depth}, axis=-1): {said}"


def _unrolled(shape: tuple[int, ...], sizes: tuple[int, ...]) -> str:
    """The step from values in one row (one of each image) to the axes of the input."""
    *spatial, depth = sizes
    images = prod(shape) // prod(sizes)
    batched = images > 1 or (len(shape) == 2 and shape[0] == 1)
    new = (*(-1,) * batched, *reversed(spatial), depth)
    rank = len(spatial)
    order = (*range(batched), *(a + batched for a in reversed(range(rank))), rank + batched)
    turned = f".transpose({', '.join(map(str, order))})" if rank > 1 else ""
    return f"image.reshape({', '.join(map(str, new))}){turned}"
