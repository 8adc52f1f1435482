"""Arguments that layers with windows may have in a printed row: the plainest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import gcd

from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes, Word
from shapecalc.formats.printed_table.asked_rows import (
    LARGEST_PLAIN,
    Arguments,
    Asked,
    Guesses,
    Spatial,
    filters_of,
    transposed_windows,
    windows,
)

POOLS = (2, 3, 1, 4, 5, 6, 7, 8, 9, 10, 11, 13)
"""Extents of pools that are tried: nothing else in a row tells them."""
MOST_MULTIPLIED = 8
"""Maps of each channel of a depthwise convolution that are tried."""


def _convolutions(asked: Asked) -> Guesses:
    """Few groups first; within them the filter follows from the parameters."""
    for filters in [asked.depth] if asked.depth else _filters_tried(asked):
        yield from _convolutions_of(asked, filters)


def _filters_tried(asked: Asked) -> Iterator[int]:
    """Where no size is printed: as many as arrive, or as many as a square filter leaves."""
    yield asked.before.depth
    for extent in (3, 1, 5, 7):
        filters, rest = divmod(asked.params, extent ** len(asked.before.spatial) * asked.before.depth + 1)
        if not rest and filters:
            yield filters


def _convolutions_of(asked: Asked, filters: int) -> Guesses:
    """One group or a group a channel before others, square filters before others, no bias in front of a BN."""
    depth, rank = asked.before.depth, len(asked.before.spatial)
    shared = gcd(depth, filters)
    found = []
    for groups in (g for g in range(1, shared + 1) if shared % g == 0):
        for bias in (True, False):
            area, rest = divmod((asked.params - bias * filters) * groups, depth * filters)
            if area > 0 and not rest:
                plain = 0 if groups == 1 else 1 if groups == depth else 2
                if asked.plain_only and (plain == 2 or area > LARGEST_PLAIN**rank):
                    continue
                odd = round(area ** (1 / rank)) ** rank != area
                found.append((plain, odd, bias == asked.normalised, groups, bias, area))
    for *_, groups, bias, area in sorted(found):
        own = {"filters": filters} | ({} if bias else {"bias": False}) | ({"groups": groups} if groups > 1 else {})
        yield "CONV", _slid(asked, area, own)


def _slid(asked: Asked, area: int, own: Arguments) -> Iterator[Arguments]:
    rank = len(asked.before.spatial)
    known = asked.kernel[::-1] if len(asked.kernel) == rank else ()
    for extent in [known] if known else filters_of(area, rank):
        for window in windows(asked.before.spatial, asked.spatial, extent, asked.framework):
            yield window | own


def _by_bias(asked: Asked) -> Iterator[tuple[int, Arguments]]:
    """The parameters that are left with a bias for each filter, and without: then an argument says so."""
    yield asked.params - (asked.depth or 1), {}
    yield asked.params, {"bias": False}


def _depthwise(asked: Asked) -> Guesses:
    depth, filters = asked.before.depth, asked.depth or 1
    multiplied: Arguments = {"multiplier": filters // depth} if filters > depth else {}
    for values, own in _by_bias(asked):
        if filters % depth == 0 and values > 0 and values % filters == 0:
            yield "DWCONV", _slid(asked, values // filters, own | multiplied)


def _separable(asked: Asked) -> Guesses:
    depth, filters = asked.before.depth, asked.depth or 1
    for left, own in _by_bias(asked):
        for multiplier in range(1, MOST_MULTIPLIED + 1):
            values = left - depth * multiplier * filters
            if values > 0 and values % (depth * multiplier) == 0:
                multiplied = {"multiplier": multiplier} if multiplier > 1 else {}
                yield "SEPCONV", _slid(asked, values // (depth * multiplier), {"filters": filters} | own | multiplied)


def _transposed(asked: Asked) -> Guesses:
    spatial, filters = asked.before.spatial, asked.depth or 1
    for values, own in _by_bias(asked):
        area, rest = divmod(values, asked.before.depth * filters)
        if area > 0 and not rest:
            yield "UPCONV", iter([
                window | {"filters": filters} | own
                for extent in filters_of(area, len(spatial))
                for window in transposed_windows(spatial, asked.spatial, extent, asked.framework)
            ])  # fmt: skip


def _pools(asked: Asked) -> Guesses:
    """A filter of each size, first with a stride of its own size."""
    spatial, after = asked.before.spatial, asked.spatial
    name, rank = asked.named.shown, len(spatial)
    if after is None:
        halved = {"extent": Sizes((2,)), "stride": Sizes((2,)), "padding": Padding("", ((0, 0),))}
        yield name, iter([halved])
        return
    ratio = tuple(max(1, a // max(b, 1)) for a, b in zip(spatial, after, strict=False))
    known = asked.kernel[::-1] or (asked.kernel * rank)
    extents = [(n,) * rank for n in POOLS] + [ratio, spatial]
    if known:
        extents = [known * rank if len(known) == 1 else known]
    for ceil in (False, True) if asked.framework == "torch" else (False,):
        own = {"ceil": Word("true")} if ceil else {}
        yield name, _pooled(asked, extents, own, ceil=ceil)


def _pooled(asked: Asked, extents: Sequence[Spatial], own: Arguments, *, ceil: bool) -> Iterator[Arguments]:
    for extent in dict.fromkeys(extents):
        found = windows(asked.before.spatial, asked.spatial, extent, asked.framework, ceil=ceil)
        found = [w for w in found if "dilation" not in w and (len(set(w["stride"])) == 1 or w["stride"] == extent)]
        for window in sorted(found, key=lambda window: window["stride"] != window["extent"]):
            yield window | own


WINDOWED: dict[str, Callable[[Asked], Guesses]] = {
    "CONV": _convolutions, "DWCONV": _depthwise, "SEPCONV": _separable, "UPCONV": _transposed, "POOL": _pools,
}  # fmt: skip
