"""Sizes that begin with the channels, as PyTorch, Caffe and ONNX write them."""

from __future__ import annotations

from shapecalc.core.layer import Volume
from shapecalc.passes.graph import Node

CHANNELS = (1, 3, 4)
"""Channels of images: grey, in colour, in colour with an alpha."""
SMALLEST_IMAGE = 5
"""From which height on two equal numbers after the channels look like the sides of an image."""
SMALLEST_OBLONG = 16
"""From which side on two numbers that differ do."""


def channels_last(node: Node, volume: Volume | None) -> tuple[int, ...] | None:
    """The size of an INPUT with its channels last, where it looks as if they came first; else None.

    Whoever names the sizes knows their order. In a film the channels may also follow the number of pictures. One
    channel in front of sides that differ is no sign: sequences are drawn one wide.
    """
    if node.inputs or volume is None or len(volume.sizes) < 3:
        return None
    if node.call and any(argument.name for argument in node.call.arguments):
        return None
    channels, *sides = volume.sizes
    if len(sides) == 3 and channels == 1:
        return _of_one_image(sides)
    if len(sides) == 3 and channels not in CHANNELS and sides[0] in CHANNELS and _are_sides(*sides[1:]):
        return (*sides[:0:-1], channels, sides[0])
    oblong = channels > 1 and len(sides) == 2 and min(sides) >= SMALLEST_OBLONG
    return (*sides[::-1], channels) if channels in CHANNELS and (oblong or _are_sides(*sides[-2:])) else None


def _are_sides(height: int, width: int) -> bool:
    return height == width >= SMALLEST_IMAGE


def _of_one_image(sizes: list[int]) -> tuple[int, ...] | None:
    """The size of the image in a batch of one, with its channels first (1x3x224x224) or last (1x28x28x1)."""
    first, middle, last = sizes
    if first in CHANNELS and middle == last >= SMALLEST_IMAGE:
        return (last, middle, first)
    return (middle, first, last) if last in CHANNELS and first == middle >= SMALLEST_IMAGE else None
