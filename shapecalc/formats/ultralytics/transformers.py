"""Modules with attention between images and words or queries: of what has no word, the weights are counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.formats.ultralytics.builder import Builder
from shapecalc.formats.ultralytics.modules import bottleneck
from shapecalc.formats.ultralytics.single_modules import share_of, whole

WORDS = 512
"""Values of an embedded word."""
QUERIES = 300
"""Boxes that a decoder gives."""
HEADS, POINTS, LAYERS, INNER = 8, 4, 6, 1024
"""Of a decoder, unless a file says otherwise, which none does."""


def dense(inputs: int, outputs: int) -> int:
    """Weights and biases of a fully connected layer."""
    return inputs * outputs + outputs


def c2f_attn(b: Builder, x: int, c: int, n: int, _: Any = 128, heads: Any = 1, *more: Any) -> int:
    """Two halves, n bottlenecks, and one part more that words have weighted."""
    width = share_of(b, c, more[3] if len(more) > 3 else 0.5)
    parts = list(b.halves(b.conv(x, 2 * width)))
    for _step in range(n):
        parts.append(bottleneck(b, parts[-1], width, bool(more[1:2] and more[1]), 1, (3, 3), 1.0))
    inner = b.conv(parts[-1], width, 3, act=False)
    parts.append(b.opaque(inner, b.volume(inner), dense(WORDS, width) + whole(b, heads, "the heads"), kind="weighted"))
    return b.conv(b.concat(parts), c)


def image_pooling(b: Builder, levels: Sequence[int], width: int, classes: int) -> int:
    """Words that have looked at the image: 3x3 positions of every level."""
    pooled = [b.add("ADAPTIVEPOOL", b.plain(x, width), size=3) for x in levels]
    own = 2 * WORDS + dense(WORDS, width) + 2 * (2 * width + dense(width, width)) + dense(width, WORDS)
    return b.opaque(pooled, Volume((max(classes, 1),), WORDS), own)


def aifi(b: Builder, x: int, inner: int) -> int:
    """One layer of a transformer over all positions."""
    c = b.depth(x)
    own = 4 * dense(c, c) + dense(c, inner) + dense(inner, c) + 4 * c
    return b.opaque(x, b.volume(x), own)


def rtdetr(b: Builder, levels: Sequence[int], classes: int, width: int = 256) -> int:
    """A decoder of six layers, each with its own classes and boxes."""
    inputs = [b.conv(x, width, act=False) for x in levels]
    places = HEADS * len(levels) * POINTS
    sampled = dense(width, 2 * places) + dense(width, places) + 2 * dense(width, width)
    layer = 4 * dense(width, width) + 6 * width + sampled + dense(width, INNER) + dense(INNER, width)
    boxes = 2 * dense(width, width) + dense(width, 4)
    queries = dense(4, 2 * width) + dense(2 * width, width)
    own = LAYERS * (layer + dense(width, classes) + boxes) + classes * width + queries
    own += dense(width, width) + 2 * width + dense(width, classes) + boxes
    return b.opaque(inputs, Volume((QUERIES,), 4 + classes), own)
