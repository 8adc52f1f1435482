"""What the convolutions, the pools and their like of a backbone or a neck are made of, YOLOv7's beside a 1x1 too."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd
from typing import Any

from shapecalc.formats.ultralytics.builder import EPSILON, Builder, activation_named, made, whole
from shapecalc.formats.ultralytics.model_file import MOST_REPEATS


def share_of(channels: int, part: float) -> int:
    """A part of the channels, rounded down."""
    return max(int(channels * part), 1)


def _activation(act: Any) -> bool | str:
    """A layer, the file's own for True, or none. Raises TypeError for a number, which forks have for a share."""
    if isinstance(act, int | float) and not isinstance(act, bool):
        raise TypeError(act)
    return activation_named(act) if isinstance(act, str) else act is True


def conv(
    b: Builder, x: int, c: int, k: int = 1, s: int = 1, p: int | None = None, g: int = 1, d: Any = 1, act: Any = True
) -> int:
    """A convolution, its normalisation, its activation, which YOLOv7 and old YOLOv5 have in place of the dilation."""
    if isinstance(d, str | bool) and act is True:
        d, act = 1, d
    return b.conv(x, c, k, s, p, g, whole(b, d, "the dilation"), act=_activation(act))


def depthwise(b: Builder, x: int, c: int, k: int = 1, s: int = 1, d: int = 1, act: bool | str = True) -> int:
    """As many groups as both depths allow."""
    return b.conv(x, c, k, s, None, gcd(b.depth(x), c), d, act)


def bottleneck(
    b: Builder, x: int, c: int, shortcut: Any = True, g: int = 1, k: tuple[int, int] | None = None, e: float = 0.5
) -> int:
    """Two convolutions, added to what came in where the depths are equal."""
    k = k or (1 if b.narrow else 3, 3)
    node = b.conv(b.conv(x, share_of(c, e), k[0]), c, k[1], groups=g)
    return b.added(x, node) if shortcut and b.depth(x) == c else node


def light(b: Builder, x: int, c: int, k: int) -> int:
    """A 1x1, then a depthwise window."""
    return depthwise(b, b.conv(x, c, act=False), c, k, act="RELU")


def ghost(b: Builder, x: int, c: int, k: int = 1, s: int = 1, g: int = 1, act: Any = True) -> int:
    """Half the channels by a convolution, the others from them by 5x5 windows."""
    half = c // 2
    first = b.conv(x, half, k, s, None, g, act=act)
    return b.concat((first, b.conv(first, half, 5, 1, None, half, act=act)))


def ghost_bottleneck(b: Builder, x: int, c: int, k: int = 3, s: int = 1) -> int:
    """Two of them, added to what came in."""
    half = c // 2
    main = ghost(b, x, half)
    if s == 2:
        main = depthwise(b, main, half, k, 2, act=False)
    main = ghost(b, main, c, act=False)
    return b.added(main, b.conv(depthwise(b, x, b.depth(x), k, 2, act=False), c, act=False) if s == 2 else x)


def rep_conv(b: Builder, x: int, c: int, k: Any = 3, s: int = 1, *_: Any, bn: bool = True) -> int:
    """A 3x3 and a 1x1 beside each other, and a normalisation alone where the depth stays."""
    ways = [b.conv(x, c, 3, s, act=False), b.conv(x, c, 1, s, act=False)]
    if bn and b.depth(x) == c and s == 1:
        ways.append(b.add("BN", x, eps=EPSILON))
    return b.activate(b.added(*ways))


def focus(b: Builder, x: int, c: int, *arguments: Any) -> int:
    """Blocks of 2x2 positions become four times the channels."""
    return made(b, conv, (b, b.add("PIXELUNSHUFFLE", x, factor=2), c), arguments)


def conv_transpose(
    b: Builder, x: int, c: int, k: int = 2, s: int = 2, p: int = 0, bn: Any = True, act: Any = True
) -> int:
    """Transposed, with or without a normalisation."""
    node = _up(b, x, c, k, s, p, bias=not bn)
    return b.activate(b.add("BN", node, eps=EPSILON) if bn else node, act is not False)


def _up(b: Builder, x: int, c: int, k: int, s: int, p: int, out: int = 0, *, bias: bool = True, groups: int = 1) -> int:
    return b.add(
        "UPCONV", x, filters=c, extent=k, stride=s, padding=p, output_padding=out or None,
        groups=groups if groups > 1 else None, bias=bias,
    )  # fmt: skip


def plain_transpose(b: Builder, x: int, c: int, k: int = 1, s: int = 1, p: int = 0, out: int = 0, *_: Any) -> int:
    """PyTorch's own, without a normalisation."""
    return _up(b, x, c, k, s, p, out)


def depthwise_transpose(b: Builder, x: int, c: int, k: int = 1, s: int = 1, p: int = 0, out: int = 0) -> int:
    """The same with as many groups as both depths allow."""
    return _up(b, x, c, k, s, p, out, groups=gcd(b.depth(x), c))


def scdown(b: Builder, x: int, c: int, k: int = 1, s: int = 1) -> int:
    """A 1x1, then a depthwise window with the stride."""
    return b.conv(b.conv(x, c), c, k, s, None, c, act=False)


def aconv(b: Builder, x: int, c: int) -> int:
    """An average of 2x2, then a stride of 2."""
    return b.conv(b.pool(x, 2, 1, 0, "avg"), c, 3, 2, 1)


def adown(b: Builder, x: int, c: int) -> int:
    """Two halves, one by a convolution and one by a pool."""
    one, two = b.halves(b.pool(x, 2, 1, 0, "avg"))
    return b.concat((b.conv(one, c // 2, 3, 2, 1), b.conv(b.pool(two, 3, 2, 1), c // 2)))


# --- pools --------------------------------------------------------------------------------------


def spp(b: Builder, x: int, c: int, k: Any = (5, 9, 13)) -> int:
    """Pools of several extents beside each other."""
    first = b.conv(x, b.depth(x) // 2)
    extents = list(k) if isinstance(k, list | tuple) else [k]
    return b.conv(b.concat([first, *(b.pool(first, whole(b, e, "the extent")) for e in extents[:100])]), c)


def sppf(b: Builder, x: int, c: int, k: int = 5, pools: int | None = None, shortcut: Any = False) -> int:
    """Files that say how many pools have no activation before them."""
    count = 3 if pools is None else min(pools, MOST_REPEATS)
    node = fanned(b, [b.conv(x, b.depth(x) // 2, act=pools is None)], c, count, lambda y: b.pool(y, k))
    return b.added(node, x) if shortcut and b.depth(x) == c else node


def spp_elan(b: Builder, x: int, c: int, c3_: int, k: int = 5) -> int:
    """Three pools one after the other, all joined."""
    return fanned(b, [b.conv(x, c3_)], c, 3, lambda y: b.pool(y, k))


def fanned(b: Builder, parts: list[int], c: int, n: int, step: Callable[[int], int], act: bool | str = True) -> int:
    """N steps from the last of some parts, each on the one before it, all joined by a 1x1."""
    for _ in range(n):
        parts.append(step(parts[-1]))
    return b.conv(b.concat(parts), c, act=act)


# --- of YOLOv7 ------------------------------------------------------------------------------------


def sppcspc(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = False, g: int = 1, e: float = 0.5) -> int:
    """Pools of several extents between convolutions, beside a 1x1."""
    width = share_of(2 * c, e)
    first = b.conv(b.conv(b.conv(x, width), width, 3), width)
    pooled = b.conv(b.conv(b.concat([first, *(b.pool(first, k) for k in (5, 9, 13))]), width), width, 3)
    return b.conv(b.concat((pooled, b.conv(x, width))), c)


def crossed(way: str, *, residual: float = 0, groups: int = 1) -> Any:
    """The module whose steps are beside a 1x1 (A), after it (B), or between two (C); of residual steps of a width."""

    def make(b: Builder, x: int, c: int, n: int, shortcut: Any = way != "B", g: int = groups, e: float = 0.5) -> int:
        width = c if way == "B" else share_of(c, e)
        first = node = b.conv(x, width)
        for _ in range(n):
            if residual:
                inner = share_of(width, residual)
                after = b.conv(b.conv(b.conv(node, inner), inner, 3, groups=g), width)
                node = b.added(node, after) if shortcut else after
            else:
                node = bottleneck(b, node, width, shortcut, g, (1, 3), 1.0)
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
