"""What to do about an image that does not fit: the step in NumPy that makes it fit, where one is likely meant."""

from __future__ import annotations

from itertools import permutations
from math import prod

NAMES = ("width", "height", "depth")
"""Of the spatial axes, in our order."""


def hint(shape: tuple[int, ...], sizes: tuple[int, ...]) -> str:
    """What makes an array of this shape fit an input of these sizes (spatial axes width first, channels last).

    Rows of pixels, as most programs save them, have their axes in another order; channels may come first, or be
    left out where there is one.
    """
    if 0 in shape:
        return "there is no image in the array"
    *spatial, depth = sizes
    alone = "image{}[..., None]" if depth == 1 else f"numpy.stack([image{{}}] * {depth}, axis=-1)"
    for batched in (0, 1):
        for wanted, step in ((sizes, "image{}"), (tuple(spatial), alone)):
            if (order := _order(shape[batched:], wanted)) is not None:
                names = (*NAMES[: len(spatial)], "channels")
                seem = ", ".join(["images"] * batched + [names[order.index(axis)] for axis in range(len(order))])
                return f"save {step.format(_transposed(order, batched))}: the axes seem to be {seem}"
    if shape and prod(shape) % prod(sizes) == 0 and len(shape) <= 2:
        images = prod(shape) // prod(sizes)
        batched = int(images > 1 or (len(shape) == 2 and shape[0] == 1))
        new = ", ".join(map(str, (*(-1,) * batched, *reversed(spatial), depth)))
        turned = _transposed((*reversed(range(len(spatial))), len(spatial)), batched)
        return f"save image.reshape({new}){turned}, if its values are stored row by row"
    bare = shape[1:] if len(shape) == len(sizes) + 1 else shape
    if len(bare) == len(sizes) and bare[-1] == depth:
        return f"--input {'x'.join(map(str, bare))} runs the network on images of this size"
    return "the axes are width, height, channels, with the number of images in front where there are many"


def _order(shape: tuple[int, ...], wanted: tuple[int, ...]) -> tuple[int, ...] | None:
    """Where the wanted sizes are in a shape; of several orders the one that reverses most, as other programs do."""
    if len(shape) != len(wanted):
        return None
    orders = sorted(permutations(range(len(shape))), reverse=True)
    return next((order for order in orders if tuple(shape[axis] for axis in order) == wanted), None)


def _transposed(order: tuple[int, ...], batched: int) -> str:
    axes = (*range(batched), *(axis + batched for axis in order))
    return "" if axes == tuple(range(len(axes))) else f".transpose({', '.join(map(str, axes))})"
