"""What each module of a backbone or a neck is made of."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd
from typing import Any

from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes, Word
from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.formats.ultralytics.builder import Builder

Make = Callable[..., int]
"""(builder, what it reads, filters, repeats or nothing, arguments of the file) to the last node."""

MOST_ARGUMENT = 100_000
"""A size or an extent that an argument may state."""


def whole(b: Builder, value: Any, what: str) -> int:
    """A whole number from the file. Raises Diagnosed SHP010."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10**7:
        raise Diagnosed(report("SHP010", f"{what} of {b.module} is not a whole number: {str(value)[:40]}", b.place))
    return value


def share_of(b: Builder, channels: int, part: Any) -> int:
    """A part of the channels, rounded down. Raises Diagnosed SHP010."""
    if isinstance(part, bool) or not isinstance(part, int | float) or not 0 < part <= 100:
        raise Diagnosed(report("SHP010", f"the expansion of {b.module} is not a number: {str(part)[:40]}", b.place))
    return max(int(channels * part), 1)


# --- convolutions -------------------------------------------------------------------------------


def conv(
    b: Builder, x: int, c: int, k: Any = 1, s: Any = 1, p: Any = None, g: Any = 1, d: Any = 1, act: Any = True
) -> int:
    """A convolution, its normalisation, its activation."""
    padding = None if p is None else whole(b, p, "the padding")
    return b.conv(
        x, c, whole(b, k, "the extent"), whole(b, s, "the stride"), padding, whole(b, g, "groups"),
        whole(b, d, "the dilation"), act=act is not False,
    )  # fmt: skip


def depthwise(b: Builder, x: int, c: int, k: Any = 1, s: Any = 1, d: Any = 1, act: bool | str = True) -> int:
    """As many groups as both depths allow."""
    groups = gcd(b.depth(x), c)
    return b.conv(
        x, c, whole(b, k, "the extent"), whole(b, s, "the stride"), None, groups, whole(b, d, "dilation"), act
    )


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
    return b.activate(b.add("BN", node, eps=0.001) if bn else node, act is not False)


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


# --- bottlenecks and what is made of them -------------------------------------------------------


def bottleneck(
    b: Builder, x: int, c: int, shortcut: Any = True, g: Any = 1, k: tuple[int, int] = (3, 3), e: Any = 0.5
) -> int:
    """Two convolutions, added to what came in where the depths are equal."""
    node = b.conv(x, share_of(b, c, e), k[0])
    node = b.conv(node, c, k[1], groups=whole(b, g, "groups"))
    return b.added(x, node) if shortcut and b.depth(x) == c else node


def _wide_bottleneck(b: Builder, x: int, c: int, shortcut: Any, g: Any) -> int:
    return bottleneck(b, x, c, shortcut, g, (3, 3), 1.0)


def _times(n: int, x: int, step: Callable[[int], int]) -> int:
    for _ in range(n):
        x = step(x)
    return x


def bottleneck_csp(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = True, g: Any = 1, e: Any = 0.5) -> int:
    """Bottlenecks beside a 1x1, normalised together."""
    width = share_of(b, c, e)
    first = _times(n, b.conv(x, width), lambda y: bottleneck(b, y, width, shortcut, g, e=1.0))
    parts = b.concat((b.plain(first, width, bias=False), b.plain(x, width, bias=False)))
    return b.conv(b.activate(b.add("BN", parts, eps=0.001), "SILU"), c)


def c1(b: Builder, x: int, c: int, n: int = 1) -> int:
    """Convolutions added to the first of them."""
    first = b.conv(x, c)
    return b.added(_times(n, first, lambda y: b.conv(y, c, 3)), first)


def c2(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = True, g: Any = 1, e: Any = 0.5) -> int:
    """Bottlenecks on one of two halves."""
    width = share_of(b, c, e)
    one, two = b.halves(b.conv(x, 2 * width))
    return b.conv(b.concat((_times(n, one, lambda y: _wide_bottleneck(b, y, width, shortcut, g)), two)), c)


def _fanned(b: Builder, x: int, c: int, n: int, width: int, step: Callable[[int], int]) -> int:
    """Two halves, and n steps from the second, all joined."""
    parts = list(b.halves(b.conv(x, 2 * width)))
    for _ in range(n):
        parts.append(step(parts[-1]))
    return b.conv(b.concat(parts), c)


def c2f(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = False, g: Any = 1, e: Any = 0.5) -> int:
    """Bottlenecks whose results are all joined."""
    width = share_of(b, c, e)
    return _fanned(b, x, c, n, width, lambda y: _wide_bottleneck(b, y, width, shortcut, g))


def c3k2(
    b: Builder, x: int, c: int, n: int = 1, c3k: Any = False, e: Any = 0.5, attn: Any = False, g: Any = 1,
    shortcut: Any = True,
) -> int:  # fmt: skip
    """The same of bottlenecks, of C3 or of bottlenecks with attention."""
    width = share_of(b, c, e)

    def step(y: int) -> int:
        if attn:
            return psa_block(b, bottleneck(b, y, width, shortcut, g), width, max(width // 64, 1))
        return c3_k(b, y, width, shortcut, g) if c3k else bottleneck(b, y, width, shortcut, g)

    return _fanned(b, x, c, n, width, step)


def _crossed(b: Builder, x: int, c: int, n: int, width: int, step: Callable[[int], int]) -> int:
    """N steps beside a 1x1, joined."""
    return b.conv(b.concat((_times(n, b.conv(x, width), step), b.conv(x, width))), c)


def c3(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = True, g: Any = 1, e: Any = 0.5) -> int:
    """Bottlenecks of a 1x1 and a 3x3 beside a 1x1."""
    width = share_of(b, c, e)
    return _crossed(b, x, c, n, width, lambda y: bottleneck(b, y, width, shortcut, g, (1, 3), 1.0))


def c3_k(b: Builder, x: int, c: int, shortcut: Any = True, g: Any = 1) -> int:
    """Two bottlenecks of 3x3 beside a 1x1."""
    width = share_of(b, c, 0.5)
    return _crossed(b, x, c, 2, width, lambda y: _wide_bottleneck(b, y, width, shortcut, g))


def c3x(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = True, g: Any = 1, e: Any = 0.5) -> int:
    """With windows of 1x3 and 3x1 (height x width)."""
    width = share_of(b, c, e)

    def one(y: int, across: tuple[int, int], groups: int) -> int:
        padding = Padding("", ((across[0] // 2, across[0] // 2), (across[1] // 2, across[1] // 2)))
        node = b.add(
            "CONV", y, filters=width, extent=Sizes(across), padding=padding, bias=False,
            groups=groups if groups > 1 else None,
        )  # fmt: skip
        return b.activate(b.add("BN", node, eps=0.001))

    def step(y: int) -> int:
        node = one(one(y, (3, 1), 1), (1, 3), whole(b, g, "groups"))
        return b.added(y, node) if shortcut else node

    return _crossed(b, x, c, n, width, step)


def c3_ghost(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = True, g: Any = 1, e: Any = 0.5) -> int:
    """Ghost bottlenecks beside a 1x1."""
    width = share_of(b, c, e)
    return _crossed(b, x, c, n, width, lambda y: ghost_bottleneck(b, y, width))


def rep_c3(b: Builder, x: int, c: int, n: int = 3, e: Any = 1.0) -> int:
    """Convolutions of two windows, added to a 1x1."""
    width = share_of(b, c, e)
    node = b.added(_times(n, b.conv(x, width), lambda y: rep_conv(b, y, width)), b.conv(x, width))
    return b.conv(node, c) if width != c else node


def _rep_csp(b: Builder, x: int, c: int, n: int) -> int:
    width = max(c // 2, 1)

    def step(y: int) -> int:
        return b.added(y, b.conv(rep_conv(b, y, width), width, 3))

    return _crossed(b, x, c, n, width, step)


def elan(b: Builder, x: int, c: int, c3_: Any, c4_: Any, n: Any = 1, *, rep: bool = True) -> int:
    """Two halves, and two steps from the second, all joined."""
    wide, narrow, count = (whole(b, v, "the width") for v in (c3_, c4_, n))
    parts = list(b.halves(b.conv(x, wide)))
    for _ in range(2):
        node = _rep_csp(b, parts[-1], narrow, min(count, 1000)) if rep else parts[-1]
        parts.append(b.conv(node, narrow, 3))
    return b.conv(b.concat(parts), c)


def elan1(b: Builder, x: int, c: int, c3_: Any, c4_: Any) -> int:
    """The same of plain convolutions."""
    return elan(b, x, c, c3_, c4_, rep=False)


def _cib(b: Builder, x: int, c: int, shortcut: Any, large: Any) -> int:
    node = b.conv(b.conv(x, c, 3, groups=c), 2 * c)
    if large:
        node = b.activate(b.added(*(b.conv(node, 2 * c, k, groups=2 * c, act=False) for k in (7, 3))), "SILU")
    else:
        node = b.conv(node, 2 * c, 3, groups=2 * c)
    node = b.conv(b.conv(node, c), c, 3, groups=c)
    return b.added(x, node) if shortcut else node


def c2f_cib(
    b: Builder, x: int, c: int, n: int = 1, shortcut: Any = False, lk: Any = False, g: Any = 1, e: Any = 0.5
) -> int:
    """Depthwise bottlenecks whose results are all joined."""
    width = share_of(b, c, e)
    return _fanned(b, x, c, n, width, lambda y: _cib(b, y, width, shortcut, lk))


# --- pools --------------------------------------------------------------------------------------


def spp(b: Builder, x: int, c: int, k: Any = (5, 9, 13)) -> int:
    """Pools of several extents beside each other."""
    first = b.conv(x, b.depth(x) // 2)
    extents = list(k) if isinstance(k, list | tuple) else [k]
    return b.conv(b.concat([first, *(b.pool(first, whole(b, e, "the extent")) for e in extents[:100])]), c)


def sppf(b: Builder, x: int, c: int, k: Any = 5, n: Any = None, shortcut: Any = False) -> int:
    """Files that say how many pools have no activation before them."""
    count = 3 if n is None else min(whole(b, n, "the number of pools"), 1000)
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


# --- attention ----------------------------------------------------------------------------------


def _attention(b: Builder, x: int, c: int, heads: int) -> int:
    """Queries and keys of half the width; what they do to the values has no word."""
    keys = heads * int(c // heads * 0.5)
    qkv = b.conv(x, c + 2 * keys, act=False)
    values = b.add("SLICE", qkv, start=2 * keys, stop=2 * keys + c)
    mixed = b.opaque(qkv, b.volume(values), kind="attention")
    return b.conv(b.added(mixed, b.conv(values, c, 3, groups=c, act=False)), c, act=False)


def psa_block(b: Builder, x: int, c: int, heads: int) -> int:
    """Attention, then two convolutions, each added to what came in."""
    x = b.added(x, _attention(b, x, c, heads))
    return b.added(x, b.conv(b.conv(x, 2 * c), c, act=False))


def psa(b: Builder, x: int, c: int, *more: Any) -> int:
    """One block on the second half; `C2PSA` says how many."""
    n, e = (more[0], more[1] if len(more) > 1 else 0.5) if more and isinstance(more[0], int) else (1, *more, 0.5)[:2]
    width = share_of(b, b.depth(x), e)
    one, two = b.halves(b.conv(x, 2 * width))
    two = _times(min(whole(b, n, "the number"), 1000), two, lambda y: psa_block(b, y, width, max(width // 64, 1)))
    return b.conv(b.concat((one, two)), c)


def _area_attention(b: Builder, x: int, c: int) -> int:
    qkv = b.conv(x, 3 * c, act=False)
    values = b.opaque(qkv, b.volume(x), kind="values")
    mixed = b.opaque(qkv, b.volume(x), kind="attention")
    return b.conv(b.added(mixed, b.conv(values, c, 7, 1, 3, c, act=False)), c, act=False)


def a2c2f(
    b: Builder, x: int, c: int, n: int = 1, a2: Any = True, area: Any = 1, residual: Any = False, ratio: Any = 2.0,
    e: Any = 0.5, g: Any = 1, shortcut: Any = True,
) -> int:  # fmt: skip
    """Blocks of area attention whose results are all joined."""
    width = share_of(b, c, e)

    def block(y: int) -> int:
        y = b.added(y, _area_attention(b, y, width))
        return b.added(y, b.conv(b.conv(y, share_of(b, width, ratio)), width, act=False))

    parts = [b.conv(x, width)]
    for _ in range(n):
        parts.append(block(block(parts[-1])) if a2 else c3_k(b, parts[-1], width, shortcut, g))
    node = b.conv(b.concat(parts), c)
    if not (a2 and residual):
        return node
    scaled = b.opaque(node, b.volume(node), c, kind="gamma")
    return b.added(x, scaled) if b.depth(x) == c else scaled


# --- other backbones ----------------------------------------------------------------------------


def hg_stem(b: Builder, x: int, middle: int, c: int) -> int:
    """PP-HGNet's beginning: windows of 2x2 beside a pool."""
    first = b.add("PAD", b.conv(x, middle, 3, 2, act="RELU"), padding=Padding("", ((0, 1), (0, 1))))
    second = b.add("PAD", b.conv(first, middle // 2, 2, 1, 0, act="RELU"), padding=Padding("", ((0, 1), (0, 1))))
    second = b.conv(second, middle, 2, 1, 0, act="RELU")
    pooled = b.add("POOL", first, extent=2, stride=1, padding=0, ceil=Word("true"))
    return b.conv(b.conv(b.concat((pooled, second)), middle, 3, 2, act="RELU"), c, act="RELU")


def hg_block(
    b: Builder, x: int, middle: int, c: int, k: Any, n: int, lightconv: Any = False, shortcut: Any = False, *_: Any
) -> int:
    """PP-HGNet's block: convolutions whose results are all joined."""
    parts, extent = [x], whole(b, k, "the extent")
    for _step in range(n):
        y = parts[-1]
        parts.append(light(b, y, middle, extent) if lightconv else b.conv(y, middle, extent, act="RELU"))
    node = b.conv(b.conv(b.concat(parts), c // 2, act="RELU"), c, act="RELU")
    return b.added(node, x) if shortcut and b.depth(x) == c else node


def resnet_layer(b: Builder, x: int, c: int, stride: Any, first: Any, n: Any, e: Any = 4) -> int:
    """Bottlenecks of ResNet, or its beginning."""
    if first:
        return b.pool(b.conv(x, c, 7, 2, 3, act="SILU" if b.activation == "SILU" else True), 3, 2, 1)
    for step in range(min(whole(b, n, "the number"), 1000)):
        s = whole(b, stride, "the stride") if step == 0 else 1
        wide = c * whole(b, e, "the expansion")
        node = b.conv(b.conv(b.conv(x, c), c, 3, s, 1), wide, act=False)
        other = b.conv(x, wide, 1, s, act=False) if s != 1 or b.depth(x) != wide else x
        x = b.activate(b.added(node, other), "RELU")
    return x


SCALED: dict[str, Make] = {
    "Conv": conv, "DWConv": depthwise, "GhostConv": ghost, "GhostBottleneck": ghost_bottleneck, "Focus": focus,
    "ConvTranspose": conv_transpose, "nn.ConvTranspose2d": plain_transpose, "DWConvTranspose2d": depthwise_transpose,
    "Bottleneck": bottleneck, "SPP": spp, "SPPF": sppf, "SCDown": scdown, "AConv": aconv, "ADown": adown,
    "RepNCSPELAN4": elan, "ELAN1": elan1, "SPPELAN": spp_elan, "PSA": psa,
}  # fmt: skip
"""Modules whose first argument is a width, scaled."""
REPEATED: dict[str, Make] = {
    "BottleneckCSP": bottleneck_csp, "C1": c1, "C2": c2, "C2f": c2f, "C3k2": c3k2, "C3": c3, "C3Ghost": c3_ghost,
    "C3x": c3x, "RepC3": rep_c3, "C2fCIB": c2f_cib, "C2PSA": psa, "C2fPSA": psa, "A2C2f": a2c2f,
}  # fmt: skip
"""The same, with the repeats inside."""
