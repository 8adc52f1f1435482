"""Layers of SSD that the language has no word for, with the sizes and values that they have there."""

from __future__ import annotations

from shapecalc.core.layer import Volume
from shapecalc.formats.caffe.caffe_layer import CaffeLayer

CORNERS, SAME = 4, 1e-6
"""Numbers of a box, and how far apart two ratios must be."""


def normalize(layer: CaffeLayer) -> None:
    """The length of each position is made 1, and each channel scaled."""
    shared = layer.message.message("norm_param").flag("channel_shared", True)
    depth = layer.volume.depth if layer.volume else 0
    layer.opaque(layer.volume, 1 if shared else depth)


def prior_box(layer: CaffeLayer) -> None:
    """Four corners and four variances of every box at every position: 1 x 2 x (boxes · 4).

    Source: PriorBoxLayer::LayerSetUp of weiliu89/caffe.
    """
    param = layer.message.message("prior_box_param")
    ratios = [1.0]
    for ratio in param.reals("aspect_ratio"):
        if ratio > 0 and all(abs(ratio - other) > SAME for other in ratios):
            ratios += [ratio, 1 / ratio] if param.flag("flip", True) else [ratio]
    boxes = len(ratios) * len(param.texts("min_size")) + len(param.texts("max_size"))
    volume = layer.volume
    length = volume.positions * boxes * CORNERS if volume else 0
    layer.opaque(Volume((length,), 2) if length else None)
