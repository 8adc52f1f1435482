"""The windows that make one size of another: stride, padding and dilation for a filter, the plainest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

from shapecalc.core.named_tuple import NamedTuple
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes

LARGEST_STRIDE = 16
LARGEST_SIDE = 128
"""Of a filter: audio networks begin with 80 and more."""
DILATIONS = (1, 2, 3, 4, 6, 8, 12, 16, 18, 24)
"""Those of published networks."""

Spatial = tuple[int, ...]


class Axis(NamedTuple):
    """How a filter moves along one axis."""

    stride: int
    dilation: int
    extra: int = 0
    """Output padding of a transposed one."""


def filters_of(area: int, rank: int) -> Iterator[Spatial]:
    """The filters of so many positions: equal sides first, then those nearest to it, the flat ones first.

    >>> list(filters_of(9, 2)), list(filters_of(6, 2))
    ([(3, 3)], [(3, 2), (2, 3), (6, 1), (1, 6)])
    """
    side = round(area ** (1 / rank))
    if side**rank == area:
        yield from [(side,) * rank] if side <= LARGEST_SIDE else []
        return
    sides = [n for n in range(1, min(area, LARGEST_SIDE) + 1) if area % n == 0]
    found = [sizes for sizes in product(sides, repeat=rank) if prod(sizes) == area]
    yield from sorted(found, key=lambda sizes: (max(sizes), sizes[::-1]))


def windows(
    before: Spatial, after: Spatial | None, extent: Spatial, framework: str, *, ceil: bool = False
) -> list[dict[str, Any]]:
    """The arguments of a convolution or pool with a filter; without sizes it keeps them."""
    if after is None:
        return [{"extent": Sizes(extent), "stride": Sizes((1,)), "padding": _preserving(extent, framework)}]
    if len(before) != len(after):
        return []
    found = []
    for choice in _paddings(extent, framework):
        axes = [_axis(*one, ceil=ceil) for one in zip(before, after, extent, choice, strict=True)]
        known = [axis for axis in axes if axis]
        if len(known) == len(axes):
            found.append(_window(extent, known) | {"padding": _padding(choice, known, extent)})
    alike = [window for window in found if len(set(window["stride"])) == 1]
    return sorted(alike or found, key=lambda window: window.get("dilation", Sizes((1,))))


def _window(extent: Spatial, axes: Sequence[Axis]) -> dict[str, Any]:
    window = {"extent": Sizes(extent), "stride": Sizes(axis.stride for axis in axes)}
    dilated = any(axis.dilation > 1 for axis in axes)
    return window | ({"dilation": Sizes(axis.dilation for axis in axes)} if dilated else {})


def _preserving(extent: Spatial, framework: str) -> Padding:
    odd = all(size % 2 for size in extent)
    return Padding("", tuple((size // 2, size // 2) for size in extent)) if odd and framework == "torch" else SAME


SAME = Padding("same")
_PRESERVE = -1
"""As much as keeps the size at stride 1."""
_SAME = -2


def _paddings(extent: Spatial, framework: str) -> list[tuple[int, ...]]:
    """What each axis may be padded with: Keras has two words, PyTorch numbers."""
    rank = len(extent)
    if framework == "keras":
        return [(0,) * rank, (_SAME,) * rank]
    preserving = [(_PRESERVE,) * rank] if all(size % 2 for size in extent) else []
    return [*preserving, (0,) * rank, *((pad,) * rank for pad in range(1, max(extent) // 2 + 1))]


def _axis(before: int, after: int, extent: int, pad: int, *, ceil: bool) -> Axis | None:
    """The smallest dilation and stride that give a size."""
    for dilation in DILATIONS if extent > 1 else (1,):
        effective = dilation * (extent - 1) + 1
        both = effective - 1 if pad == _PRESERVE else 2 * max(pad, 0)
        for stride in range(1, LARGEST_STRIDE + 1):
            room = before + both - effective
            given = -(-before // stride) if pad == _SAME else (room + (stride - 1) * ceil) // stride + 1
            if given == after and (pad == _SAME or room >= 0):
                return Axis(stride, dilation)
            if given < after:
                break
    return None


def _padding(choice: Sequence[int], axes: Sequence[Axis], extent: Spatial) -> Padding:
    if choice[0] == _SAME:
        return SAME
    pairs = []
    for pad, axis, size in zip(choice, axes, extent, strict=True):
        whole = axis.dilation * (size - 1)
        pairs.append((whole // 2, whole - whole // 2) if pad == _PRESERVE else (pad, pad))
    return Padding("", tuple(pairs))


def transposed_windows(before: Spatial, after: Spatial | None, extent: Spatial, framework: str) -> list[dict[str, Any]]:
    """The arguments of a transposed convolution with a filter, those without output padding first."""
    found: list[dict[str, Any]] = []
    if after is None or len(after) != len(before):
        return found
    words: dict[int, Padding] = {_SAME: SAME, 0: Padding("valid")}
    paddings = words if framework == "keras" else {pad: Padding("", ((pad, pad),)) for pad in range(max(extent))}
    for extra in (False, True):
        for pad, padding in paddings.items():
            sizes = zip(before, after, extent, strict=True)
            axes = [_transposed_axis(*one, pad, extra, framework) for one in sizes]
            known = [axis for axis in axes if axis]
            if len(known) == len(axes):
                output_padding = {"output_padding": Sizes(axis.extra for axis in known)} if extra else {}
                found.append(_window(extent, known) | output_padding | {"padding": padding})
    return sorted(found, key=lambda window: window.get("dilation", Sizes((1,))))


def _transposed_axis(before: int, after: int, extent: int, pad: int, extra: bool, framework: str) -> Axis | None:
    """The smallest dilation and stride; Keras reads no output padding otherwise than one of 0."""
    for dilation in DILATIONS if extent > 1 else (1,):
        effective = dilation * (extent - 1) + 1
        for stride in range(1, LARGEST_STRIDE + 1):
            whole = (before - 1) * stride + effective
            least = whole - (2 * (effective // 2) if pad == _SAME else 2 * pad)
            if framework == "keras" and not extra:
                least = before * stride if pad == _SAME else max(whole, before * stride)
            if after == least or (extra and least < after < least + max(stride, dilation)):
                return Axis(stride, dilation, after - least)
            if least > after:
                break
    return None
