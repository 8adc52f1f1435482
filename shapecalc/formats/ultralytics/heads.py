"""What the heads are made of: branches of convolutions on every level, and what joins their results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.formats.ultralytics.builder import Builder
from shapecalc.formats.ultralytics.single_modules import depthwise, whole

USUAL_BINS = 16
"""Bins of a distance, unless the file says otherwise; v10Detect is never told what it says."""


class HeadSettings:
    """What the file says besides the arguments of the head."""

    def __init__(self, bins: int, keypoints: Any, *, legacy: bool, twice: bool, older: bool = False) -> None:
        self.bins, self.keypoints, self.legacy, self.twice = bins, keypoints, legacy, twice
        self.older = older
        """Whether the file has the key `anchors`, as those of YOLOv9 have: its heads came before Ultralytics'."""


def _given(b: Builder, arguments: Sequence[Any], place: int, usual: int, what: str) -> int:
    """A whole number of the arguments, or the usual one where they are fewer. Raises Diagnosed SHP010."""
    return whole(b, arguments[place] if len(arguments) > place else usual, what)


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
    most = min(2 * classes, 128) if settings.older else min(classes, 100)
    wide, classy = max(16, first // 4, 4 * bins), max(first, most)
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


def prototypes(b: Builder, x: int, width: int, filters: int, *, older: bool = False) -> int:
    """Masks at twice the size."""
    x = b.conv(x, width, 3)
    x = b.add("UPSAMPLE", x, factor=2) if older else b.add("UPCONV", x, filters=width, extent=2, stride=2)
    return b.conv(b.conv(x, width, 3), filters)


def finished(b: Builder, levels: Sequence[int], parts: Sequence[int], values: int, settings: HeadSettings) -> int:
    """All levels as one list; the 16 weights that turn bins into distances are never trained."""
    places = sum(b.volume(x).positions for x in levels)
    bins = settings.bins if settings.bins > 1 else 0
    return b.opaque(parts, Volume((places,), values), bins, frozen=True)


KNOWN = frozenset(
    {
        "Detect", "v10Detect", "Segment", "Segment26", "OBB", "OBB26", "Pose", "Pose26", "WorldDetect", "YOLOEDetect",
        "YOLOESegment", "YOLOESegment26", "DDetect", "DualDDetect", "TripleDDetect", "DSegment", "DualDSegment",
        "Panoptic",
    }
)  # fmt: skip
"""Heads that give boxes."""
PANOPTIC = (93, 32, 256)
"""Classes of what has no outline, masks, and their width, where YOLOv9's Panoptic is not told."""
FLOW = 12 * (2 * 64 + 64 + 64 * 64 + 64 + 64 * 2 + 2)
"""Weights of the twelve small networks with which Pose26 is trained."""
FLOW_BUFFERS = 2 + 4 + 12


def make_head(b: Builder, module: str, levels: Sequence[int], arguments: Sequence[Any], settings: HeadSettings) -> int:
    """The last node of a head that gives boxes."""
    classes = _given(b, arguments, 0, 80, "the number of classes") or 1
    if module == "WorldDetect":
        return _world(b, levels, classes, arguments, settings)
    if module.startswith("YOLOE"):
        return _prompted(b, module, levels, classes, arguments, settings)
    if module.endswith(("DDetect", "DSegment")):
        masked = module.endswith("DSegment")
        masks = _given(b, arguments, 1, 32, "the number of masks") if masked else 0
        return _grouped(b, levels, classes, {"Du": 2, "Tr": 3}.get(module[:2], 1), masks)
    if module == "v10Detect":
        settings = HeadSettings(USUAL_BINS, None, legacy=False, twice=True)
    parts = detect(b, levels, classes, settings)
    more = 0
    if module in ("Segment", "Segment26"):
        more = _given(b, arguments, 1, 32, "the number of masks")
        width = _given(b, arguments, 2, 256, "the width of the masks")
        parts += more_branches(b, levels, more, settings)
        if module == "Segment26":
            parts += _joint_prototypes(b, levels, width, more, classes)
        else:
            parts.append(prototypes(b, levels[0], width, more, older=settings.older))
    elif module == "Panoptic":
        stuff, more, width = (_given(b, arguments, n, usual, "an argument") for n, usual in enumerate(PANOPTIC, 1))
        parts += more_branches(b, levels, more, settings)
        parts.append(prototypes(b, levels[0], width, more, older=True))
        own = b.plain(b.conv(levels[0], b.depth(levels[0]) // 4, 3), stuff + classes)
        b.add("UPSAMPLE", own, factor=2, mode="bilinear")
    elif module in ("OBB", "OBB26"):
        more = _given(b, arguments, 1, 1, "the number of angles")
        parts += more_branches(b, levels, more, settings)
    elif module in ("Pose", "Pose26"):
        shape = arguments[1] if len(arguments) > 1 else settings.keypoints
        points = shape if isinstance(shape, list) and len(shape) == 2 else [17, 3]
        first, each = (whole(b, n, "the keypoints") for n in points)
        more = first * each
        parts += (
            _poses(b, levels, first, each, settings) if module == "Pose26" else more_branches(b, levels, more, settings)
        )
    return finished(b, levels, parts, 4 + classes + more, settings)


def _grouped(b: Builder, levels: Sequence[int], classes: int, sets: int, masks: int) -> int:
    """Boxes in four groups; of several sets of levels the last is that of inference. Source: YOLOv9's own heads.

    With masks each set has one level more, of which the masks are made.
    """
    settings = HeadSettings(USUAL_BINS, None, legacy=True, twice=False)
    each, node = len(levels) // sets - bool(masks), 0
    for number in range(sets):
        own, parts = levels[number * each : (number + 1) * each], []
        first = b.depth(own[0])
        wide, classy = -(-max(first // 4, 4 * USUAL_BINS) // 4) * 4, max(first, min(2 * classes, 128))
        for x in own:
            box = b.conv(b.conv(x, wide, 3), wide, 3, groups=4)
            parts += [b.add("CONV", box, filters=4 * USUAL_BINS, extent=1, groups=4), _branch(b, x, classy, classes)]
        if masks:
            parts += [*more_branches(b, own, masks, settings), b.conv(levels[number - sets], masks)]
        node = finished(b, own, parts, 4 + classes + masks, settings)
    return node


def _joint_prototypes(b: Builder, levels: Sequence[int], width: int, filters: int, classes: int) -> list[int]:
    """All levels at the size of the first, added; masks of objects and of classes."""
    first = levels[0]
    joint, target = [first], b.volume(first)
    for x in levels[1:]:
        narrow = b.conv(x, target.depth)
        joint.append(b.opaque(narrow, target, kind="resize"))
    fused = b.added(*joint) if len(joint) > 1 else first
    classed = b.plain(b.conv(b.conv(fused, width, 3), width, 3), classes)
    return [prototypes(b, b.conv(fused, width, 3), width, filters), classed]


def _poses(b: Builder, levels: Sequence[int], points: int, each: int, settings: HeadSettings) -> list[int]:
    """Keypoints and how sure they are."""
    width = max(b.depth(levels[0]) // 4, points * (each + 2))
    made: list[int] = []
    for _ in range(2 if settings.twice else 1):
        for x in levels:
            y = b.conv(b.conv(x, width, 3), width, 3)
            made += [b.plain(y, points * each), b.plain(y, 2 * points)]
    made.append(b.opaque(made[-1], b.volume(made[-1]), FLOW, kind="flow", buffers=FLOW_BUFFERS))
    return made


def _compared(b: Builder, x: int, classes: int) -> int:
    """Every position held against the words of all classes."""
    volume = b.volume(x)
    return b.opaque(x, Volume(volume.spatial, classes), 2, kind="compared", macs=volume.size * classes)


def _world(b: Builder, levels: Sequence[int], classes: int, arguments: Sequence[Any], settings: HeadSettings) -> int:
    """Boxes, and embeddings that are compared with words."""
    embedded = _given(b, arguments, 1, 512, "the embedding")
    normalised = bool(arguments[2:3] and arguments[2])
    first = b.depth(levels[0])
    wide, classy = max(16, first // 4, 4 * settings.bins), max(first, min(classes, 100))
    made: list[int] = []
    for x in levels:
        words = _branch(b, x, classy, embedded)
        words = b.add("BN", words) if normalised else words
        made += [_branch(b, x, wide, 4 * settings.bins), _compared(b, words, classes)]
    if settings.twice:  # branches of Detect are copied before those of the words take their place
        made += detect(b, levels, classes, HeadSettings(settings.bins, None, legacy=False, twice=False))
    return finished(b, levels, made, 4 + classes, settings)


def _prompted(
    b: Builder, module: str, levels: Sequence[int], classes: int, arguments: Sequence[Any], settings: HeadSettings
) -> int:
    """Boxes, and embeddings that are compared with words or with other images."""
    masked = module != "YOLOEDetect"
    at = 3 if masked else 1
    embedded = _given(b, arguments, at, 512, "the embedding")
    first = b.depth(levels[0])
    wide, classy = max(16, first // 4, 4 * settings.bins), max(first, min(classes, 100))
    branch, made, more = _branch if settings.legacy else _light_branch, [], 0
    for _ in range(2 if settings.twice else 1):
        for x in levels:
            words = b.add("BN", branch(b, x, classy, embedded))
            made += [_branch(b, x, wide, 4 * settings.bins), _compared(b, words, classes)]
    if masked:
        more, width = whole(b, arguments[1], "the number of masks"), whole(b, arguments[2], "the width of the masks")
        made += more_branches(b, levels, more, settings)
        if module == "YOLOESegment26":
            made += _joint_prototypes(b, levels, width, more, classes)
        else:
            made.append(prototypes(b, levels[0], width, more))
    own, buffers = _prompts([b.depth(x) for x in levels], classy, embedded)
    made.append(b.opaque(made[-1], b.volume(made[-1]), own, kind="prompts", buffers=buffers))
    return finished(b, levels, made, 4 + classes + more, settings)


def _prompts(channels: Sequence[int], width: int, embedded: int) -> tuple[int, int]:
    """Weights and statistics of the parts that embed words and images, which do not look at this image."""
    joined, narrow = len(channels) * width, 16
    words = embedded * 4 * embedded + 4 * embedded + 2 * embedded * embedded + embedded
    levels = sum(9 * c * width + 9 * width * width + c * width + 6 * width for c in channels)
    images = joined * embedded + embedded + 9 * joined * narrow + narrow + 9 * narrow + narrow
    last = 9 * 2 * narrow * narrow + 2 * narrow + 9 * narrow * narrow + narrow
    return words + levels + images + last, 6 * width * len(channels) + 2 * narrow


def depth_map(b: Builder, levels: Sequence[int], width: int) -> int:
    """Levels added from the deepest up, then twice the size and one value a position."""
    parts = [b.conv(x, width) for x in levels]
    node = parts[-1]
    for part in reversed(parts[:-1]):
        larger = b.opaque(node, b.volume(part), kind="resize")
        node = b.conv(b.conv(b.added(part, larger), width, 3), width, 3)
    node = b.add("UPCONV", b.conv(node, width // 2, 3), filters=width // 2, extent=2, stride=2)
    node = b.plain(b.conv(node, width // 4, 3), 1)
    return b.opaque(node, b.volume(node), kind="calibration", buffers=2)
