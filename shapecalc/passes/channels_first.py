"""Sizes that begin with the channels, as PyTorch, Caffe and ONNX write them."""

from __future__ import annotations

from shapecalc.core.layer import Volume
from shapecalc.passes.graph import Node

CHANNELS = (1, 3, 4)
"""Channels of images: grey, in colour, in colour with an alpha."""
SMALLEST_IMAGE = 5
"""From which height on two equal numbers after the channels look like the sides of an image."""


def channels_last(node: Node, volume: Volume | None) -> tuple[int, ...] | None:
    """The size of an INPUT with its channels last, where it looks as if they came first; else None.

    Whoever names the sizes knows their order.
    """
    if node.inputs or node.layer is None or volume is None or len(volume.sizes) < 3:
        return None
    channels, *sides = volume.sizes
    if len(sides) == 3 and channels == 1 and not (node.call and any(a.name for a in node.call.arguments)):
        return _of_one_image(sides)
    square = sides[-1] == sides[-2] >= SMALLEST_IMAGE
    if channels not in CHANNELS or not square or (node.call and any(a.name for a in node.call.arguments)):
        return None
    return (*sides[::-1], channels)


def _of_one_image(sizes: list[int]) -> tuple[int, ...] | None:
    """The size of the image in a batch of one, with its channels first (1x3x224x224) or last (1x28x28x1)."""
    first, middle, last = sizes
    if first in CHANNELS and middle == last >= SMALLEST_IMAGE:
        return (last, middle, first)
    return (middle, first, last) if last in CHANNELS and first == middle >= SMALLEST_IMAGE else None
