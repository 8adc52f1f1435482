"""What the heads are made of: branches of convolutions on every level and what joins them, or anchors on each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.record import Record, replace
from shapecalc.formats.ultralytics.builder import Builder, whole
from shapecalc.formats.ultralytics.model_file import BOX
from shapecalc.formats.ultralytics.single_modules import depthwise

USUAL_BINS = 16
"""Bins of a distance, unless the file says otherwise; v10Detect is never told what it says."""
USUAL_KEYPOINTS = (17, 3)
"""Of a person, and what is said of each."""
SETS = {"": 1, "Dual": 2, "Triple": 3}
"""How often YOLOv9's heads have each level."""
FLOW = 12 * (2 * 64 + 64 + 64 * 64 + 64 + 64 * 2 + 2)
"""Weights of the twelve small networks with which Pose26 is trained."""
FLOW_BUFFERS = 2 + 4 + 12


def _branch(b: Builder, x: int, width: int, filters: int) -> int:
    return b.plain(b.conv(b.conv(x, width, 3), width, 3), filters)


def _light_branch(b: Builder, x: int, width: int, filters: int) -> int:
    x = b.conv(depthwise(b, x, b.depth(x), 3), width)
    return b.plain(b.conv(depthwise(b, x, width, 3), width), filters)


class Head(Record):
    """A head on its levels, and what the file says besides its other arguments."""

    b: Builder
    levels: list[int]
    classes: int
    legacy: bool
    bins: int = USUAL_BINS
    twice: bool = False
    keypoints: Any = None
    older: bool = False
    """Whether the file has the key `anchors`, as those of YOLOv9 have: its heads came before Ultralytics'."""

    @property
    def first(self) -> int:
        """Channels of the first level."""
        return self.b.depth(self.levels[0])

    @property
    def twofold(self) -> list[int]:
        """The levels, twice where the file asks for end to end training."""
        return self.levels * (2 if self.twice else 1)

    @property
    def branch(self) -> Callable[[Builder, int, int, int], int]:
        """How the branches for classes are made."""
        return _branch if self.legacy else _light_branch

    def classy(self, *, older: bool = False) -> int:
        """The width of the branches for classes."""
        return max(self.first, min(2 * self.classes, 128) if older else min(self.classes, 100))

    def box(self, x: int) -> int:
        """The branch for boxes."""
        return _branch(self.b, x, max(16, self.first // 4, 4 * self.bins), 4 * self.bins)

    def boxes(self) -> list[int]:
        """Boxes and classes on every level."""
        width, parts = self.classy(older=self.older), list[int]()
        for x in self.twofold:
            parts += [self.box(x), self.branch(self.b, x, width, self.classes)]
        return parts

    def more(self, filters: int) -> list[int]:
        """A further branch on every level: angles, keypoints, coefficients of masks."""
        width = max(self.first // 4, filters)
        return [_branch(self.b, x, width, filters) for x in self.twofold]

    def masks(self, filters: int, width: int, *, older: bool) -> list[int]:
        """The coefficients of masks, and these at twice the size of the first level."""
        return [*self.more(filters), prototypes(self.b, self.levels[0], width, filters, older=older)]

    def joint_masks(self, filters: int, width: int) -> list[int]:
        """The same of all levels, at the size of the first and added; masks of objects and of classes."""
        parts, b, first = self.more(filters), self.b, self.levels[0]
        joint, target = [first], b.volume(first)
        for x in self.levels[1:]:
            joint.append(b.opaque(b.conv(x, target.depth), target, kind="resize"))
        fused = b.added(*joint) if len(joint) > 1 else first
        classed = b.plain(b.conv(b.conv(fused, width, 3), width, 3), self.classes)
        return [*parts, prototypes(b, b.conv(fused, width, 3), width, filters), classed]

    def compared(self, x: int) -> int:
        """Every position held against the words of all classes."""
        volume = self.b.volume(x)
        gives, macs = Volume(volume.spatial, self.classes), volume.size * self.classes
        return self.b.opaque(x, gives, 2, kind="compared", macs=macs)

    def finished(self, parts: Sequence[int], more: int = 0) -> int:
        """All levels as one list; the weights that turn bins into distances are never trained."""
        places = sum(self.b.volume(x).positions for x in self.levels)
        bins = self.bins if self.bins > 1 else 0
        return self.b.opaque(parts, Volume((places,), 4 + self.classes + more), bins, frozen=True)


def prototypes(b: Builder, x: int, width: int, filters: int, *, older: bool = False) -> int:
    """Masks at twice the size."""
    x = b.conv(x, width, 3)
    x = b.add("UPSAMPLE", x, factor=2) if older else b.add("UPCONV", x, filters=width, extent=2, stride=2)
    return b.conv(b.conv(x, width, 3), filters)


def _boxes(head: Head, *_: Any) -> int:
    return head.finished(head.boxes())


def _twice(head: Head, *_: Any) -> int:
    return _boxes(Head(head.b, head.levels, head.classes, legacy=False, twice=True))


def _masked(head: Head, masks: int = 32, width: int = 256, *_: Any, joint: bool = False) -> int:
    parts = head.boxes()
    parts += head.joint_masks(masks, width) if joint else head.masks(masks, width, older=head.older)
    return head.finished(parts, masks)


def _panoptic(head: Head, stuff: int = 93, masks: int = 32, width: int = 256, *_: Any) -> int:
    """YOLOv9's, with classes of what has no outline."""
    b, parts = head.b, [*head.boxes(), *head.masks(masks, width, older=True)]
    own = b.plain(b.conv(head.levels[0], head.first // 4, 3), stuff + head.classes)
    b.add("UPSAMPLE", own, factor=2, mode="bilinear")
    return head.finished(parts, masks)


def _turned(head: Head, angles: int = 1, *_: Any) -> int:
    return head.finished([*head.boxes(), *head.more(angles)], angles)


def _posed(head: Head, shape: Any = None, *_: Any, sure: bool = False) -> int:
    """Keypoints, of which the file may say next to the head how many, and perhaps how sure they are."""
    shape = head.keypoints if shape is None else shape
    pair = shape if isinstance(shape, list) and len(shape) == 2 else USUAL_KEYPOINTS
    points, each = (whole(head.b, n, "the keypoints") for n in pair)
    parts = [*head.boxes(), *(_sure_points(head, points, each) if sure else head.more(points * each))]
    return head.finished(parts, points * each)


def _sure_points(head: Head, points: int, each: int) -> list[int]:
    b, width, parts = head.b, max(head.first // 4, points * (each + 2)), list[int]()
    for x in head.twofold:
        y = b.conv(b.conv(x, width, 3), width, 3)
        parts += [b.plain(y, points * each), b.plain(y, 2 * points)]
    return [*parts, b.opaque(parts[-1], b.volume(parts[-1]), FLOW, kind="flow", buffers=FLOW_BUFFERS)]


def _grouped(head: Head, *_: Any, sets: int, masks: int = 0) -> int:
    """Boxes in four groups; of several sets of levels the last is that of inference. Source: YOLOv9's own heads.

    With masks each set has one level more, of which the masks are made.
    """
    b, each, node = head.b, len(head.levels) // sets - bool(masks), 0
    for number in range(sets):
        own = Head(b, head.levels[number * each : (number + 1) * each], head.classes, legacy=True)
        wide, parts = -(-max(own.first // 4, 4 * own.bins) // 4) * 4, list[int]()
        for x in own.levels:
            box = b.add("CONV", b.conv(b.conv(x, wide, 3), wide, 3, groups=4), filters=4 * own.bins, extent=1, groups=4)
            parts += [box, _branch(b, x, own.classy(older=True), own.classes)]
        if masks:
            parts += [*own.more(masks), b.conv(head.levels[number - sets], masks)]
        node = own.finished(parts, masks)
    return node


def _grouped_masks(head: Head, masks: int = 32, *_: Any, sets: int) -> int:
    return _grouped(head, sets=sets, masks=masks)


def _world(head: Head, embedded: int = 512, normalised: Any = False, *_: Any) -> int:
    """Boxes, and embeddings that are compared with words."""
    b, width, parts = head.b, head.classy(), list[int]()
    for x in head.levels:
        words = _branch(b, x, width, embedded)
        words = b.add("BN", words) if normalised else words
        parts += [head.box(x), head.compared(words)]
    if head.twice:  # branches of Detect are copied before those of the words take their place
        parts += replace(head, legacy=False, twice=False, older=False).boxes()
    return head.finished(parts)


def _prompted(head: Head, embedded: int = 512, *_: Any, masks: int = 0, width: int = 0, joint: bool = False) -> int:
    """Boxes, and embeddings that are compared with words or with other images; perhaps masks."""
    b, classy, parts = head.b, head.classy(), list[int]()
    for x in head.twofold:
        words = b.add("BN", head.branch(b, x, classy, embedded))
        parts += [head.box(x), head.compared(words)]
    if masks:
        parts += head.joint_masks(masks, width) if joint else head.masks(masks, width, older=False)
    own, buffers = _prompts([b.depth(x) for x in head.levels], classy, embedded)
    parts.append(b.opaque(parts[-1], b.volume(parts[-1]), own, kind="prompts", buffers=buffers))
    return head.finished(parts, masks)


def _prompted_masks(head: Head, masks: int, width: int, embedded: int = 512, *_: Any, joint: bool = False) -> int:
    return _prompted(head, embedded, masks=masks, width=width, joint=joint)


def _prompts(channels: Sequence[int], width: int, embedded: int) -> tuple[int, int]:
    """Weights and statistics of the parts that embed words and images, which do not look at this image."""
    joined, narrow = len(channels) * width, 16
    words = embedded * 4 * embedded + 4 * embedded + 2 * embedded * embedded + embedded
    levels = sum(9 * c * width + 9 * width * width + c * width + 6 * width for c in channels)
    images = joined * embedded + embedded + 9 * joined * narrow + narrow + 9 * narrow + narrow
    last = 9 * 2 * narrow * narrow + 2 * narrow + 9 * narrow * narrow + narrow
    return words + levels + images + last, 6 * width * len(channels) + 2 * narrow


# --- heads with anchors ---------------------------------------------------------------------------

HEADS: dict[str, Callable[..., int]] = {
    "Detect": _boxes, "v10Detect": _twice, "Segment": _masked, "Segment26": partial(_masked, joint=True),
    "Panoptic": _panoptic, **dict.fromkeys(("OBB", "OBB26"), _turned), "Pose": _posed,
    "Pose26": partial(_posed, sure=True), "WorldDetect": _world, "YOLOEDetect": _prompted,
    "YOLOESegment": _prompted_masks, "YOLOESegment26": partial(_prompted_masks, joint=True),
    **{f"{name}DDetect": partial(_grouped, sets=sets) for name, sets in SETS.items()},
    **{f"{name}DSegment": partial(_grouped_masks, sets=sets) for name, sets in SETS.items()},
}  # fmt: skip
"""Heads that give boxes, by their levels and their arguments after the classes."""


def depth_map(b: Builder, levels: Sequence[int], c: int = 256, *_: Any) -> int:
    """Levels added from the deepest up, then twice the size and one value a position."""
    parts = [b.conv(x, c) for x in levels]
    node = parts[-1]
    for part in reversed(parts[:-1]):
        larger = b.opaque(node, b.volume(part), kind="resize")
        node = b.conv(b.conv(b.added(part, larger), c, 3), c, 3)
    node = b.add("UPCONV", b.conv(node, c // 2, 3), filters=c // 2, extent=2, stride=2)
    node = b.plain(b.conv(node, c // 4, 3), 1)
    return b.opaque(node, b.volume(node), kind="calibration", buffers=2)


ANCHORED = frozenset({"Detect", "Segment", "IDetect", "IAuxDetect"})


def has_anchors(module: str, arguments: Sequence[Any], values: Mapping[str, Any]) -> bool:
    """Whether a head is told the anchors after the classes: lists of them, or how many there are."""
    given = arguments[1] if len(arguments) > 1 else None
    counted = isinstance(given, int) and given == values.get("anchors") and module == "Detect"
    return module in ANCHORED and (isinstance(given, list) or counted)


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
