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
    square = sides[-1] == sides[-2] >= SMALLEST_IMAGE
    if channels not in CHANNELS or not square or (node.call and any(a.name for a in node.call.arguments)):
        return None
    return (*sides[::-1], channels)
