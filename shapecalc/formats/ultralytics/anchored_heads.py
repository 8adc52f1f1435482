"""Heads of YOLOv5 and YOLOv7, whose files have anchors: a convolution of 1x1 on every level gives boxes and classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.formats.ultralytics.builder import Builder
from shapecalc.formats.ultralytics.heads import prototypes
from shapecalc.formats.ultralytics.model_file import BOX
from shapecalc.formats.ultralytics.module_arguments import whole

HEADS = frozenset({"Detect", "Segment", "IDetect", "IAuxDetect"})


def has_anchors(module: str, arguments: Sequence[Any], values: Mapping[str, Any]) -> bool:
    """Whether a head is told the anchors after the classes: lists of them, or how many there are."""
    given = arguments[1] if len(arguments) > 1 else None
    counted = isinstance(given, int) and given == values.get("anchors") and module == "Detect"
    return module in HEADS and (isinstance(given, list) or counted)


def anchored(b: Builder, module: str, levels: Sequence[int], arguments: Sequence[Any]) -> int:
    """The last node. Source: Detect and Segment of YOLOv5, IDetect and IAuxDetect of YOLOv7."""
    anchors = arguments[1]
    lists = isinstance(anchors, list) and anchors and isinstance(anchors[0], list)
    each = len(anchors[0]) // 2 if lists else whole(b, anchors, "the number of anchors")
    main = len(anchors) if lists and module == "IAuxDetect" else len(levels)
    values = whole(b, arguments[0], "the number of classes") + BOX
    parts = []
    if module == "Segment":
        masks, width = (whole(b, (*arguments[2:], 32, 256)[n], "the masks") for n in (0, 1))
        values += masks
        parts.append(prototypes(b, levels[0], width, masks, older=True))
    for number, x in enumerate(levels):
        learned = module.startswith("I") and number < main
        if learned:
            x = b.opaque(x, b.volume(x), b.depth(x), kind="implicit")
        x = b.plain(x, values * each)
        parts.append(b.opaque(x, b.volume(x), values * each, kind="implicit") if learned else x)
    places = sum(b.volume(x).positions for x in levels[:main]) * each
    return b.opaque(parts, Volume((places,), values))
