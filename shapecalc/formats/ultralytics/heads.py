"""What the heads are made of: branches of convolutions on every level, and what joins their results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.formats.ultralytics.builder import Builder
from shapecalc.formats.ultralytics.modules import depthwise, whole


class HeadSettings:
    """What the file says besides the arguments of the head."""

    def __init__(self, bins: int, keypoints: Any, *, legacy: bool, twice: bool) -> None:
        self.bins, self.keypoints, self.legacy, self.twice = bins, keypoints, legacy, twice


def _branch(b: Builder, x: int, width: int, filters: int) -> int:
    return b.plain(b.conv(b.conv(x, width, 3), width, 3), filters)


def _light_branch(b: Builder, x: int, width: int, filters: int) -> int:
    x = b.conv(depthwise(b, x, b.depth(x), 3), width)
    return b.plain(b.conv(depthwise(b, x, width, 3), width), filters)


def detect(
    b: Builder, levels: Sequence[int], classes: int, settings: HeadSettings, *, light: bool = False
) -> list[int]:
    """Boxes and classes on every level; two sets of branches where the file asks for end to end training."""
    bins, first = settings.bins, b.depth(levels[0])
    wide, classy = max(16, first // 4, 4 * bins), max(first, min(classes, 100))
    made: list[int] = []
    for _ in range(2 if settings.twice else 1):
        for x in levels:
            branch = _light_branch if light or not settings.legacy else _branch
            made += [_branch(b, x, wide, 4 * bins), branch(b, x, classy, classes)]
    return made


def more_branches(b: Builder, levels: Sequence[int], filters: int, settings: HeadSettings) -> list[int]:
    """A further branch on every level: angles, keypoints, coefficients of masks."""
    width = max(b.depth(levels[0]) // 4, filters)
    return [_branch(b, x, width, filters) for _ in range(2 if settings.twice else 1) for x in levels]


def prototypes(b: Builder, x: int, width: int, filters: int) -> int:
    """Masks at twice the size."""
    x = b.add("UPCONV", b.conv(x, width, 3), filters=width, extent=2, stride=2)
    return b.conv(b.conv(x, width, 3), filters)


def finished(b: Builder, levels: Sequence[int], parts: Sequence[int], values: int, settings: HeadSettings) -> int:
    """All levels as one list; the 16 weights that turn bins into distances are never trained."""
    places = sum(b.volume(x).positions for x in levels)
    bins = settings.bins if settings.bins > 1 else 0
    return b.opaque(parts, Volume((places,), values), bins, frozen=True)


def make_head(
    b: Builder, module: str, levels: Sequence[int], arguments: Sequence[Any], settings: HeadSettings
) -> int | None:
    """The last node of a head; None for one that is not known."""
    if module not in ("Detect", "v10Detect", "Segment", "OBB", "Pose", "OBB26"):
        return None
    classes = whole(b, arguments[0] if arguments else 80, "the number of classes") or 1
    if module == "v10Detect":
        settings = HeadSettings(settings.bins, None, legacy=False, twice=True)
    parts = detect(b, levels, classes, settings)
    more = 0
    if module == "Segment":
        more = whole(b, arguments[1] if len(arguments) > 1 else 32, "the number of masks")
        width = whole(b, arguments[2] if len(arguments) > 2 else 256, "the width of the masks")
        parts += [*more_branches(b, levels, more, settings), prototypes(b, levels[0], width, more)]
    elif module in ("OBB", "OBB26"):
        more = whole(b, arguments[1] if len(arguments) > 1 else 1, "the number of angles")
        parts += more_branches(b, levels, more, settings)
    elif module == "Pose":
        shape = arguments[1] if len(arguments) > 1 else settings.keypoints
        points = shape if isinstance(shape, list) and len(shape) == 2 else [17, 3]
        more = whole(b, points[0], "the keypoints") * whole(b, points[1], "the keypoints")
        parts += more_branches(b, levels, more, settings)
    return finished(b, levels, parts, 4 + classes + more, settings)
