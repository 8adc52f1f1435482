"""What the modules of a backbone or a neck are made of that join several branches, and which module is which."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.formats.ultralytics import single_modules as single
from shapecalc.formats.ultralytics.builder import EPSILON, Builder, whole
from shapecalc.formats.ultralytics.model_file import MOST_REPEATS

Make = Callable[..., int]
"""(builder, what it reads, filters, repeats or nothing, arguments of the file) to the last node."""

# --- bottlenecks and what is made of them -------------------------------------------------------


def _wide_bottleneck(b: Builder, x: int, c: int, shortcut: Any, g: int) -> int:
    return single.bottleneck(b, x, c, shortcut, g, (3, 3), 1.0)


def _times(n: int, x: int, step: Callable[[int], int]) -> int:
    for _ in range(n):
        x = step(x)
    return x


def bottleneck_csp(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = True, g: int = 1, e: float = 0.5) -> int:
    """Bottlenecks beside a 1x1, normalised together."""
    width = single.share_of(c, e)
    first = _times(n, b.conv(x, width), lambda y: single.bottleneck(b, y, width, shortcut, g, e=1.0))
    parts = b.concat((b.plain(first, width, bias=False), b.plain(x, width, bias=False)))
    return b.conv(b.activate(b.add("BN", parts, eps=EPSILON), "SILU"), c)


def c1(b: Builder, x: int, c: int, n: int = 1) -> int:
    """Convolutions added to the first of them."""
    first = b.conv(x, c)
    return b.added(_times(n, first, lambda y: b.conv(y, c, 3)), first)


def c2(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = True, g: int = 1, e: float = 0.5) -> int:
    """Bottlenecks on one of two halves."""
    width = single.share_of(c, e)
    one, two = b.halves(b.conv(x, 2 * width))
    return b.conv(b.concat((_times(n, one, lambda y: _wide_bottleneck(b, y, width, shortcut, g)), two)), c)


def _fanned(b: Builder, x: int, c: int, n: int, width: int, step: Callable[[int], int]) -> int:
    """Two halves, and n steps from the second, all joined."""
    return single.fanned(b, [*b.halves(b.conv(x, 2 * width))], c, n, step)


def c2f(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = False, g: int = 1, e: float = 0.5) -> int:
    """Bottlenecks whose results are all joined."""
    width = single.share_of(c, e)
    return single.fanned(
        b, [*b.halves(b.conv(x, 2 * width))], c, n, lambda y: _wide_bottleneck(b, y, width, shortcut, g)
    )


def c3k2(
    b: Builder, x: int, c: int, n: int = 1, c3k: Any = False, e: float = 0.5, attn: Any = False, g: int = 1,
    shortcut: Any = True,
) -> int:  # fmt: skip
    """The same of bottlenecks, of C3 or of bottlenecks with attention."""
    width = single.share_of(c, e)

    def step(y: int) -> int:
        if attn:
            return psa_block(b, single.bottleneck(b, y, width, shortcut, g), width, max(width // 64, 1))
        return c3_k(b, y, width, shortcut, g) if c3k else single.bottleneck(b, y, width, shortcut, g)

    return _fanned(b, x, c, n, width, step)


def _crossed(b: Builder, x: int, c: int, n: int, width: int, step: Callable[[int], int]) -> int:
    """N steps beside a 1x1, joined."""
    return b.conv(b.concat((_times(n, b.conv(x, width), step), b.conv(x, width))), c)


def c3(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = True, g: int = 1, e: float = 0.5) -> int:
    """Bottlenecks of a 1x1 and a 3x3 beside a 1x1."""
    width = single.share_of(c, e)
    return _crossed(b, x, c, n, width, lambda y: single.bottleneck(b, y, width, shortcut, g, (1, 3), 1.0))


def c3_k(b: Builder, x: int, c: int, shortcut: Any = True, g: int = 1) -> int:
    """Two bottlenecks of 3x3 beside a 1x1."""
    width = single.share_of(c, 0.5)
    return _crossed(b, x, c, 2, width, lambda y: _wide_bottleneck(b, y, width, shortcut, g))


def c3x(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = True, g: int = 1, e: float = 0.5) -> int:
    """With windows of 1x3 and 3x1 (height x width)."""
    width = single.share_of(c, e)

    def one(y: int, across: tuple[int, int], groups: int) -> int:
        padding = Padding("", ((across[0] // 2, across[0] // 2), (across[1] // 2, across[1] // 2)))
        node = b.add(
            "CONV", y, filters=width, extent=Sizes(across), padding=padding, bias=False,
            groups=groups if groups > 1 else None,
        )  # fmt: skip
        return b.activate(b.add("BN", node, eps=EPSILON))

    def step(y: int) -> int:
        node = one(one(y, (3, 1), 1), (1, 3), g)
        return b.added(y, node) if shortcut else node

    return _crossed(b, x, c, n, width, step)


def c3_ghost(b: Builder, x: int, c: int, n: int = 1, shortcut: Any = True, g: int = 1, e: float = 0.5) -> int:
    """Ghost bottlenecks beside a 1x1."""
    width = single.share_of(c, e)
    return _crossed(b, x, c, n, width, lambda y: single.ghost_bottleneck(b, y, width))


def c3_transformer(b: Builder, x: int, c: int, n: int = 1, _: Any = True, g: int = 1, e: float = 0.5) -> int:
    """A transformer over all positions, beside a 1x1: a linear function, and n layers of attention and of two more."""
    width = single.share_of(c, e)
    attended = b.conv(x, width)
    own, places = width * width + width + n * (9 * width * width + 4 * width), b.volume(attended).positions
    macs = places * width * (width * (1 + 9 * n) + 2 * n * places)
    attended = b.opaque(attended, b.volume(attended), own, kind="transformer", macs=macs)
    return b.conv(b.concat((attended, b.conv(x, width))), c)


def rep_c3(b: Builder, x: int, c: int, n: int = 3, e: float = 1.0) -> int:
    """Convolutions of two windows, added to a 1x1."""
    width = single.share_of(c, e)
    node = b.added(_times(n, b.conv(x, width), lambda y: single.rep_conv(b, y, width, bn=False)), b.conv(x, width))
    return b.conv(node, c) if width != c else node


def _rep_csp(b: Builder, x: int, c: int, n: int) -> int:
    width = max(c // 2, 1)

    def step(y: int) -> int:
        return b.added(y, b.conv(single.rep_conv(b, y, width, bn=False), width, 3))

    return _crossed(b, x, c, n, width, step)


def elan(b: Builder, x: int, c: int, c3_: int, c4_: int, n: int = 1, *, rep: bool = True) -> int:
    """Two halves, and two steps from the second, of plain convolutions or with more before them, all joined."""

    def step(y: int) -> int:
        return b.conv(_rep_csp(b, y, c4_, min(n, MOST_REPEATS)) if rep else y, c4_, 3)

    return single.fanned(b, [*b.halves(b.conv(x, c3_))], c, 2, step)


def _cib(b: Builder, x: int, c: int, shortcut: Any, large: Any) -> int:
    node = b.conv(b.conv(x, c, 3, groups=c), 2 * c)
    if large:
        node = b.activate(b.added(*(b.conv(node, 2 * c, k, groups=2 * c, act=False) for k in (7, 3))), "SILU")
    else:
        node = b.conv(node, 2 * c, 3, groups=2 * c)
    node = b.conv(b.conv(node, c), c, 3, groups=c)
    return b.added(x, node) if shortcut else node


def c2f_cib(
    b: Builder, x: int, c: int, n: int = 1, shortcut: Any = False, lk: Any = False, g: int = 1, e: float = 0.5
) -> int:
    """Depthwise bottlenecks whose results are all joined."""
    width = single.share_of(c, e)
    return _fanned(b, x, c, n, width, lambda y: _cib(b, y, width, shortcut, lk))


# --- attention ----------------------------------------------------------------------------------


def _attention(b: Builder, x: int, c: int, heads: int) -> int:
    """Queries and keys of half the width; what they do to the values has no word."""
    keys = heads * int(c // heads * 0.5)
    qkv = b.conv(x, c + 2 * keys, act=False)
    values = b.add("SLICE", qkv, start=2 * keys, stop=2 * keys + c)
    macs = b.volume(x).positions ** 2 * (keys + heads * (c // heads))
    mixed = b.opaque(qkv, b.volume(values), kind="attention", macs=macs)
    return b.conv(b.added(mixed, b.conv(values, c, 3, groups=c, act=False)), c, act=False)


def psa_block(b: Builder, x: int, c: int, heads: int) -> int:
    """Attention, then two convolutions, each added to what came in."""
    x = b.added(x, _attention(b, x, c, heads))
    return b.added(x, b.conv(b.conv(x, 2 * c), c, act=False))


def psa(b: Builder, x: int, c: int, n: int = 1, e: float = 0.5, *_: Any) -> int:
    """Blocks on the second half."""
    width = single.share_of(b.depth(x), e)
    one, two = b.halves(b.conv(x, 2 * width))
    two = _times(min(n, MOST_REPEATS), two, lambda y: psa_block(b, y, width, max(width // 64, 1)))
    return b.conv(b.concat((one, two)), c)


def one_psa(b: Builder, x: int, c: int, e: float = 0.5, *_: Any) -> int:
    """One of them."""
    return psa(b, x, c, 1, e)


def _area_attention(b: Builder, x: int, c: int, areas: int) -> int:
    """Attention within as many areas: of each position with those of its own."""
    qkv = b.conv(x, 3 * c, act=False)
    values = b.opaque(qkv, b.volume(x), kind="values")
    macs = b.volume(x).positions ** 2 // areas * 2 * c
    mixed = b.opaque(qkv, b.volume(x), kind="attention", macs=macs)
    return b.conv(b.added(mixed, b.conv(values, c, 7, 1, 3, c, act=False)), c, act=False)


def a2c2f(
    b: Builder, x: int, c: int, n: int = 1, a2: Any = True, area: Any = 1, residual: Any = False, ratio: float = 2.0,
    e: float = 0.5, g: int = 1, shortcut: Any = True,
) -> int:  # fmt: skip
    """Blocks of area attention whose results are all joined."""
    width = single.share_of(c, e)
    areas = whole(b, max(area, 1) if isinstance(area, int) else area, "the number of areas")

    def block(y: int) -> int:
        y = b.added(y, _area_attention(b, y, width, areas))
        return b.added(y, b.conv(b.conv(y, single.share_of(width, ratio)), width, act=False))

    step = (lambda y: block(block(y))) if a2 else (lambda y: c3_k(b, y, width, shortcut, g))
    node = single.fanned(b, [b.conv(x, width)], c, n, step)
    if not (a2 and residual):
        return node
    scaled = b.opaque(node, b.volume(node), c, kind="gamma")
    return b.added(x, scaled) if b.depth(x) == c else scaled


SCALED: dict[str, Make] = {
    "Conv": single.conv, "DWConv": single.depthwise, "GhostConv": single.ghost,
    "GhostBottleneck": single.ghost_bottleneck, "Focus": single.focus, "ConvTranspose": single.conv_transpose,
    "nn.ConvTranspose2d": single.plain_transpose, "DWConvTranspose2d": single.depthwise_transpose,
    "Bottleneck": single.bottleneck, "SPP": single.spp, "SPPF": single.sppf, "SCDown": single.scdown,
    "AConv": single.aconv, "ADown": single.adown, "RepNCSPELAN4": elan, "ELAN1": partial(elan, rep=False),
    "SPPELAN": single.spp_elan, "PSA": one_psa, "RepConv": single.rep_conv, "Stem": single.stem,
}  # fmt: skip
"""Modules whose first argument is a width, scaled."""
REPEATED: dict[str, Make] = {
    "BottleneckCSP": bottleneck_csp, "C1": c1, "C2": c2, "C2f": c2f, "C3k2": c3k2, "C3": c3, "C3Ghost": c3_ghost,
    "C3TR": c3_transformer, "C3x": c3x, "RepC3": rep_c3, "C2fCIB": c2f_cib, "C2PSA": psa, "C2fPSA": psa, "A2C2f": a2c2f,
    "SPPCSPC": single.sppcspc, "DownC": single.down,
    **{f"BottleneckCSP{way}": single.crossed(way) for way in "ABC"},
    **{f"ResCSP{way}": single.crossed(way, residual=0.5) for way in "ABC"},
    **{f"ResXCSP{way}": single.crossed(way, residual=1.0, groups=32) for way in "ABC"},
}  # fmt: skip
"""The same, with the repeats inside."""
