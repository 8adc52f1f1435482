"""Modules with attention and those of other backbones: of what has no word, the weights are counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.padding import Padding
from shapecalc.formats.ultralytics.builder import Builder
from shapecalc.formats.ultralytics.model_file import MOST_REPEATS
from shapecalc.formats.ultralytics.single_modules import bottleneck, fanned, light, share_of

WORDS = 512
"""Values of an embedded word."""
QUERIES = 300
"""Boxes that a decoder gives, where there are as many positions."""
HEADS, POINTS, LAYERS, INNER, DECODED = 8, 4, 6, 1024, 256
"""Of a decoder, unless a file says otherwise, which none does."""


def dense(inputs: int, outputs: int) -> int:
    """Weights and biases of a fully connected layer."""
    return inputs * outputs + outputs


def c2f_attn(
    b: Builder, x: int, c: int, n: int, classes: int, heads: int, _embedded: Any = 512, shortcut: Any = False,
    _groups: Any = 1, e: float = 0.5,
) -> int:  # fmt: skip
    """Two halves, n bottlenecks, and one part more that words have weighted."""
    width = share_of(c, e)
    parts = list(b.halves(b.conv(x, 2 * width)))
    for _step in range(n):
        parts.append(bottleneck(b, parts[-1], width, bool(shortcut), 1, (3, 3), 1.0))
    inner = b.conv(parts[-1], width, 3, act=False)
    own, macs = dense(WORDS, width) + heads, classes * (WORDS * width + b.volume(inner).size)
    parts.append(b.opaque(inner, b.volume(inner), own, kind="weighted", macs=macs))
    return b.conv(b.concat(parts), c)


def image_pooling(b: Builder, levels: Sequence[int], classes: int, c: int, *_: Any) -> int:
    """Words that have looked at the image: 3x3 positions of every level."""
    pooled = [b.add("ADAPTIVEPOOL", b.plain(x, c), size=3) for x in levels]
    own = 2 * WORDS + dense(WORDS, c) + 2 * (2 * c + dense(c, c)) + dense(c, WORDS)
    places = 9 * len(levels)
    macs = 2 * c * (classes * WORDS + places * c + classes * places)
    return b.opaque(pooled, Volume((max(classes, 1),), WORDS), own, macs=macs)


def aifi(b: Builder, x: int, inner: int = 2048, *_: Any) -> int:
    """One layer of a transformer over all positions."""
    c = b.depth(x)
    own, places = 4 * dense(c, c) + dense(c, inner) + dense(inner, c) + 4 * c, b.volume(x).positions
    return b.opaque(x, b.volume(x), own, macs=2 * places * c * (2 * c + inner + places))


def rtdetr(b: Builder, levels: Sequence[int], classes: int, *_: Any) -> int:
    """A decoder of six layers, each with its own classes and boxes."""
    width = DECODED
    inputs = [b.conv(x, width, act=False) for x in levels]
    places = HEADS * len(levels) * POINTS
    sampled = dense(width, 2 * places) + dense(width, places) + 2 * dense(width, width)
    layer = 4 * dense(width, width) + 6 * width + sampled + dense(width, INNER) + dense(INNER, width)
    boxes = 2 * dense(width, width) + dense(width, 4)
    queries = dense(4, 2 * width) + dense(2 * width, width)
    own = LAYERS * (layer + dense(width, classes) + boxes) + classes * width + queries
    own += dense(width, width) + 2 * width + dense(width, classes) + boxes
    positions = sum(b.volume(x).positions for x in inputs)
    queries = min(QUERIES, positions)
    macs = _decoded(positions, queries, classes, width, 3 * places)
    return b.opaque(inputs, Volume((queries,), 4 + classes), own, macs=macs)


def _decoded(positions: int, queries: int, classes: int, width: int, sampled: int) -> int:
    """Products of the decoder: of all positions, of each query, and of queries with one another."""
    boxes, placed = 2 * width * width + 4 * width, 4 * 2 * width + 2 * width * width
    layer = 5 * width * width + width * sampled + 2 * width * INNER + boxes + placed + width * classes
    read = positions * width * ((1 + LAYERS) * width + classes)
    return read + queries * (LAYERS * (layer + 2 * queries * width) + boxes)


# --- other backbones ------------------------------------------------------------------------------


def hg_stem(b: Builder, x: int, middle: int, c: int, *_: Any) -> int:
    """PP-HGNet's beginning: windows of 2x2 beside a pool."""
    first = b.add("PAD", b.conv(x, middle, 3, 2, act="RELU"), padding=Padding("", ((0, 1), (0, 1))))
    second = b.add("PAD", b.conv(first, middle // 2, 2, 1, 0, act="RELU"), padding=Padding("", ((0, 1), (0, 1))))
    second = b.conv(second, middle, 2, 1, 0, act="RELU")
    pooled = b.add("POOL", first, extent=2, stride=1, padding=0, ceil="true")
    return b.conv(b.conv(b.concat((pooled, second)), middle, 3, 2, act="RELU"), c, act="RELU")


def hg_block(
    b: Builder, x: int, n: int, middle: int, c: int, k: int, lightconv: Any = False, shortcut: Any = False, *_: Any
) -> int:
    """PP-HGNet's block: convolutions whose results are all joined."""

    def step(y: int) -> int:
        return light(b, y, middle, k) if lightconv else b.conv(y, middle, k, act="RELU")

    node = b.conv(fanned(b, [x], c // 2, n, step, act="RELU"), c, act="RELU")
    return b.added(node, x) if shortcut and b.depth(x) == c else node


def resnet_layer(b: Builder, x: int, _: Any, c: int, s: int, first: Any, n: int, e: int = 4) -> int:
    """Bottlenecks of ResNet, or its beginning."""
    if first:
        return b.pool(b.conv(x, c, 7, 2, 3, act="SILU" if b.activation == "SILU" else True), 3, 2, 1)
    wide = c * e
    for stride in (s, *(1,) * (min(n, MOST_REPEATS) - 1)) if n else ():
        node = b.conv(b.conv(b.conv(x, c), c, 3, stride, 1), wide, act=False)
        other = b.conv(x, wide, 1, stride, act=False) if stride != 1 or b.depth(x) != wide else x
        x = b.activate(b.added(node, other), "RELU")
    return x
