"""Layers of SSD and R-CNN that the language has no word for, with the sizes and values that they have there."""

from __future__ import annotations

from shapecalc.core.layer import Volume
from shapecalc.core.patterns import lazy_pattern
from shapecalc.formats.caffe.caffe_layer import CaffeLayer

CORNERS, SAME = 4, 1e-6
"""Numbers of a box, and how far apart two ratios must be."""

DROPPED = lazy_pattern(r"\bp\W+(0?\.\d+)")
"""How ENet's layer is told which share it drops: `{'phase': 'TEST', 'p': '0.01'}`."""


def normalize(layer: CaffeLayer) -> None:
    """The length of each position is made 1, and each channel scaled."""
    shared = layer.param("norm_param").flag("channel_shared", True)
    depth = layer.volume.depth if layer.volume else 0
    layer.opaque(layer.volume, 1 if shared else depth)


def prior_box(layer: CaffeLayer) -> None:
    """Four corners and four variances of every box at every position: 1 x 2 x (boxes · 4).

    Source: PriorBoxLayer::LayerSetUp of weiliu89/caffe.
    """
    param = layer.param("prior_box_param")
    ratios = [1.0]
    for ratio in param.reals("aspect_ratio"):
        if ratio > 0 and all(abs(ratio - other) > SAME for other in ratios):
            ratios += [ratio, 1 / ratio] if param.flag("flip", True) else [ratio]
    boxes = len(ratios) * len(param.texts("min_size")) + len(param.texts("max_size"))
    layer.needs(boxes)
    layer.opaque(Volume((layer.known(layer.volume).positions * boxes * CORNERS,), 2))


POOLS = {
    "ROIPooling": "roi_pooling_param", "ROIAlign": "roi_align_param", "ROIAlignment": "roi_alignment_param",
    "PSROIPooling": "psroi_pooling_param", "PSROIAlign": "psroi_align_param",
    "DeformablePSROIPooling": "deformable_psroi_pooling_param",
}  # fmt: skip
"""Layers that cut one volume out of a blob for every box, and the message that says its size."""


def box_pool(layer: CaffeLayer) -> None:
    """One volume a box: what follows is counted for one of them."""
    param, volume = layer.param(POOLS[layer.kind]), layer.volume
    if layer.kind.startswith("ROI"):
        width, height = param.number("pooled_w", 0), param.number("pooled_h", 0)
    else:
        width = height = param.number("pooled_size", param.number("group_size", 0))
    depth = param.number("output_dim", volume.depth if volume else 0)
    layer.opaque(Volume((width, height), depth) if min(width, height, depth) > 0 else None)
    layer.regroups("gives a volume for every box: what follows is counted for one box")


def proposal(layer: CaffeLayer) -> None:
    """Boxes, of which each is the number of its image and four corners."""
    layer.opaque(Volume((1, 1), 1 + CORNERS, flat=True))


def python(layer: CaffeLayer) -> None:
    """A module of R-CNN that proposes boxes, ENet's that drops channels, or one that nobody knows."""
    module = layer.param("python_param").text("module")
    if "proposal" in module:
        proposal(layer)
    elif module == "spatial_dropout":
        share = DROPPED.search(layer.param("python_param").text("param_str"))
        layer.add("DO", p=float(share[1]) if share else None, channels=True)
    else:
        layer.opaque(None)
