"""Modules of YOLOv7's files: bottlenecks and pools beside a 1x1, and ways to halve a map."""

from __future__ import annotations

from typing import Any

from shapecalc.formats.ultralytics import single_modules as single
from shapecalc.formats.ultralytics.builder import EPSILON, Builder


def sppcspc(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = False, g: Any = 1, e: Any = 0.5) -> int:
    """Pools of several extents between convolutions, beside a 1x1."""
    width = single.share_of(b, 2 * c, e)
    first = b.conv(b.conv(b.conv(x, width), width, 3), width)
    pooled = b.conv(b.conv(b.concat([first, *(b.pool(first, k) for k in (5, 9, 13))]), width), width, 3)
    return b.conv(b.concat((pooled, b.conv(x, width))), c)


def _residual(b: Builder, x: int, c: int, shortcut: Any, g: Any, e: float) -> int:
    width = single.share_of(b, c, e)
    node = b.conv(b.conv(b.conv(x, width), width, 3, groups=single.whole(b, g, "groups")), c)
    return b.added(x, node) if shortcut else node


def crossed(way: str, *, residual: float = 0, groups: int = 1) -> Any:
    """The module whose steps are beside a 1x1 (A), after it (B), or between two (C); of residual steps of a width."""

    def make(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = way != "B", g: Any = groups, e: Any = 0.5) -> int:
        width = c if way == "B" else single.share_of(b, c, e)
        first = node = b.conv(x, width)
        for _ in range(n):
            if residual:
                node = _residual(b, node, width, shortcut, g, residual)
            else:
                node = single.bottleneck(b, node, width, shortcut, g, (1, 3), 1.0)
        if way == "C":
            node = b.conv(node, width)
        return b.conv(b.concat((node, b.conv(first if way == "B" else x, width))), c)

    return make


def down(b: Builder, x: int, c: int, n: int = 1, k: Any = 2) -> int:
    """Half the channels by a stride, the others by a pool."""
    stride = single.whole(b, k, "the stride")
    one = b.conv(b.conv(x, b.depth(x)), c // 2, 3, stride)
    return b.concat((one, b.conv(b.pool(x, stride, stride, 0), c // 2)))


def rep_conv(b: Builder, x: int, c: int, k: Any = 3, s: Any = 1, *more: Any) -> int:
    """A 3x3 and a 1x1 beside each other, and a normalisation alone where the depth stays."""
    stride = single.whole(b, s, "the stride")
    ways = [b.conv(x, c, 3, stride, act=False), b.conv(x, c, 1, stride, act=False)]
    if b.depth(x) == c and stride == 1:
        ways.append(b.add("BN", x, eps=EPSILON))
    return b.activate(b.added(*ways))


def stem(b: Builder, x: int, c: int, *more: Any) -> int:
    """A quarter of the size: a stride and a pool after a stride."""
    x = b.conv(x, c // 2, 3, 2)
    return b.conv(b.concat((b.conv(b.conv(x, c // 2), c // 2, 3, 2), b.pool(x, 2, 2, 0))), c)
