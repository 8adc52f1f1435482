"""Modules of YOLOv7's files: bottlenecks and pools beside a 1x1, and ways to halve a map."""

from __future__ import annotations

from typing import Any

from shapecalc.formats.ultralytics import single_modules as single
from shapecalc.formats.ultralytics.builder import Builder


def sppcspc(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = False, g: int = 1, e: float = 0.5) -> int:
    """Pools of several extents between convolutions, beside a 1x1."""
    width = single.share_of(2 * c, e)
    first = b.conv(b.conv(b.conv(x, width), width, 3), width)
    pooled = b.conv(b.conv(b.concat([first, *(b.pool(first, k) for k in (5, 9, 13))]), width), width, 3)
    return b.conv(b.concat((pooled, b.conv(x, width))), c)


def crossed(way: str, *, residual: float = 0, groups: int = 1) -> Any:
    """The module whose steps are beside a 1x1 (A), after it (B), or between two (C); of residual steps of a width."""

    def make(b: Builder, x: int, c: int, n: int, shortcut: Any = way != "B", g: int = groups, e: float = 0.5) -> int:
        width = c if way == "B" else single.share_of(c, e)
        first = node = b.conv(x, width)
        for _ in range(n):
            if residual:
                inner = single.share_of(width, residual)
                after = b.conv(b.conv(b.conv(node, inner), inner, 3, groups=g), width)
                node = b.added(node, after) if shortcut else after
            else:
                node = single.bottleneck(b, node, width, shortcut, g, (1, 3), 1.0)
        if way == "C":
            node = b.conv(node, width)
        return b.conv(b.concat((node, b.conv(first if way == "B" else x, width))), c)

    return make


def down(b: Builder, x: int, c: int, n: int = 1, s: int = 2) -> int:
    """Half the channels by a stride, the others by a pool."""
    one = b.conv(b.conv(x, b.depth(x)), c // 2, 3, s)
    return b.concat((one, b.conv(b.pool(x, s, s, 0), c // 2)))


def stem(b: Builder, x: int, c: int, *more: Any) -> int:
    """A quarter of the size: a stride and a pool after a stride."""
    x = b.conv(x, c // 2, 3, 2)
    return b.conv(b.concat((b.conv(b.conv(x, c // 2), c // 2, 3, 2), b.pool(x, 2, 2, 0))), c)
