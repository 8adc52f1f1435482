"""What the convolutions, the pools and their like of a backbone or a neck are made of."""

from __future__ import annotations

from math import gcd
from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.formats.ultralytics.builder import EPSILON, Builder, activation_named
from shapecalc.formats.ultralytics.model_file import MOST_REPEATS

MOST_WHOLE = 10**7
"""The largest whole number that an argument may state."""


def whole(b: Builder, value: Any, what: str) -> int:
    """A whole number from the file. Raises Diagnosed SHP010."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_WHOLE:
        raise Diagnosed(report("SHP010", f"{what} of {b.module} is not a whole number: {str(value)[:40]}", b.place))
    return value


def share_of(b: Builder, channels: int, part: Any) -> int:
    """A part of the channels, rounded down. Raises Diagnosed SHP010."""
    if isinstance(part, bool) or not isinstance(part, int | float) or not 0 < part <= 100:
        raise Diagnosed(report("SHP010", f"the expansion of {b.module} is not a number: {str(part)[:40]}", b.place))
    return max(int(channels * part), 1)


def _activation(act: Any) -> bool | str:
    """A layer, the file's own for True, or none. Raises TypeError for a number, which forks have for a share."""
    if isinstance(act, int | float) and not isinstance(act, bool):
        raise TypeError(act)
    return activation_named(act) if isinstance(act, str) else act is True


def conv(
    b: Builder, x: int, c: int, k: Any = 1, s: Any = 1, p: Any = None, g: Any = 1, d: Any = 1, act: Any = True
) -> int:
    """A convolution, its normalisation, its activation, which YOLOv7 and old YOLOv5 have in place of the dilation."""
    if isinstance(d, str | bool) and act is True:
        d, act = 1, d
    if isinstance(k, list) and len({*map(str, k)}) == 1:
        k = k[0]
    padding = None if p is None else whole(b, p, "the padding")
    return b.conv(
        x, c, whole(b, k, "the extent"), whole(b, s, "the stride"), padding, whole(b, g, "groups"),
        whole(b, d, "the dilation"), act=_activation(act),
    )  # fmt: skip


def depthwise(b: Builder, x: int, c: int, k: Any = 1, s: Any = 1, d: Any = 1, act: bool | str = True) -> int:
    """As many groups as both depths allow."""
    groups = gcd(b.depth(x), c)
    return b.conv(
        x, c, whole(b, k, "the extent"), whole(b, s, "the stride"), None, groups, whole(b, d, "dilation"), act
    )


def bottleneck(
    b: Builder, x: int, c: int, shortcut: Any = True, g: Any = 1, k: tuple[int, int] | None = None, e: Any = 0.5
) -> int:
    """Two convolutions, added to what came in where the depths are equal."""
    k = k or (1 if b.narrow else 3, 3)
    node = b.conv(x, share_of(b, c, e), k[0])
    node = b.conv(node, c, k[1], groups=whole(b, g, "groups"))
    return b.added(x, node) if shortcut and b.depth(x) == c else node


def light(b: Builder, x: int, c: int, k: int) -> int:
    """A 1x1, then a depthwise window."""
    return depthwise(b, b.conv(x, c, act=False), c, k, act="RELU")


def ghost(b: Builder, x: int, c: int, k: Any = 1, s: Any = 1, g: Any = 1, act: Any = True) -> int:
    """Half the channels by a convolution, the others from them by 5x5 windows."""
    half = c // 2
    first = b.conv(x, half, whole(b, k, "the extent"), whole(b, s, "the stride"), None, whole(b, g, "groups"), act=act)
    return b.concat((first, b.conv(first, half, 5, 1, None, half, act=act)))


def ghost_bottleneck(b: Builder, x: int, c: int, k: Any = 3, s: Any = 1) -> int:
    """Two of them, added to what came in."""
    half, stride = c // 2, whole(b, s, "the stride")
    main = ghost(b, x, half)
    if stride == 2:
        main = depthwise(b, main, half, k, 2, act=False)
    main = ghost(b, main, c, act=False)
    return b.added(main, b.conv(depthwise(b, x, b.depth(x), k, 2, act=False), c, act=False) if stride == 2 else x)


def rep_conv(b: Builder, x: int, c: int) -> int:
    """A 3x3 and a 1x1 beside each other, added before the activation."""
    return b.activate(b.added(b.conv(x, c, 3, act=False), b.conv(x, c, act=False)))


def focus(b: Builder, x: int, c: int, k: Any = 1, s: Any = 1, *more: Any) -> int:
    """Blocks of 2x2 positions become four times the channels."""
    return conv(b, b.add("PIXELUNSHUFFLE", x, factor=2), c, k, s, *more)


def conv_transpose(
    b: Builder, x: int, c: int, k: Any = 2, s: Any = 2, p: Any = 0, bn: Any = True, act: Any = True
) -> int:
    """Transposed, with or without a normalisation."""
    node = _up(b, x, c, k, s, p, bias=not bn)
    return b.activate(b.add("BN", node, eps=EPSILON) if bn else node, act is not False)


def _up(b: Builder, x: int, c: int, k: Any, s: Any, p: Any, *, bias: bool = True, out: Any = 0, groups: int = 1) -> int:
    return b.add(
        "UPCONV", x, filters=c, extent=whole(b, k, "the extent"), stride=whole(b, s, "the stride"),
        padding=whole(b, p, "the padding"), output_padding=whole(b, out, "the output padding") or None,
        groups=groups if groups > 1 else None, bias=bias,
    )  # fmt: skip


def plain_transpose(b: Builder, x: int, c: int, k: Any = 1, s: Any = 1, p: Any = 0, out: Any = 0, *_: Any) -> int:
    """PyTorch's own, without a normalisation."""
    return _up(b, x, c, k, s, p, out=out)


def depthwise_transpose(b: Builder, x: int, c: int, k: Any = 1, s: Any = 1, p: Any = 0, out: Any = 0) -> int:
    """The same with as many groups as both depths allow."""
    return _up(b, x, c, k, s, p, out=out, groups=gcd(b.depth(x), c))


def scdown(b: Builder, x: int, c: int, k: Any = 1, s: Any = 1) -> int:
    """A 1x1, then a depthwise window with the stride."""
    return b.conv(b.conv(x, c), c, whole(b, k, "the extent"), whole(b, s, "the stride"), None, c, act=False)


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


def sppf(b: Builder, x: int, c: int, k: Any = 5, n: Any = None, shortcut: Any = False) -> int:
    """Files that say how many pools have no activation before them."""
    count = 3 if n is None else min(whole(b, n, "the number of pools"), MOST_REPEATS)
    parts = [b.conv(x, b.depth(x) // 2, act=n is None)]
    for _ in range(count):
        parts.append(b.pool(parts[-1], whole(b, k, "the extent")))
    node = b.conv(b.concat(parts), c)
    return b.added(node, x) if shortcut and b.depth(x) == c else node


def spp_elan(b: Builder, x: int, c: int, c3_: Any, k: Any = 5) -> int:
    """Three pools one after the other, all joined."""
    parts = [b.conv(x, whole(b, c3_, "the width"))]
    for _ in range(3):
        parts.append(b.pool(parts[-1], whole(b, k, "the extent")))
    return b.conv(b.concat(parts), c)
