"""What the modules of PP-HGNet and of ResNet are made of."""

from __future__ import annotations

from typing import Any

from shapecalc.core.padding import Padding
from shapecalc.formats.ultralytics.builder import Builder
from shapecalc.formats.ultralytics.model_file import MOST_REPEATS
from shapecalc.formats.ultralytics.single_modules import fanned, light


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
