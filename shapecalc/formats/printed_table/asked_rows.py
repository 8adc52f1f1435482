"""What a printed row says that is to be explained, a layer that does so, and the windows that make its size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.core.phrases import shortest_size
from shapecalc.core.record import NamedTuple
from shapecalc.registry import NamedType, by_name

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


LARGEST_PLAIN = 11
"""Of a filter that people build."""

Arguments = dict[str, Any]
Guesses = Iterator[tuple[str, Iterator[Arguments]]]
"""A layer and arguments for it; the first of them that explains a row is taken."""


class Asked(NamedTuple):
    """What a row says that is to be explained."""

    layer: str
    """Our name of its class."""
    calls: tuple[tuple[Volume, ...], ...]
    """What each call of it reads."""
    after: Volume | None
    """What its last call gives; None where a size is open."""
    depth: int | None
    params: int
    """All of them, running statistics too where the program counts them."""
    framework: str
    kernel: tuple[int, ...] = ()
    """Height and width of the filter, where the table has that."""
    normalised: bool = False
    """Whether a BN follows, which makes a bias useless."""
    plain_only: bool = False
    """Whether layers that nobody builds are left out: something else explains it."""

    @property
    def named(self) -> NamedType:
        """The type of its layer."""
        named = by_name(self.layer)
        assert named is not None
        return named

    @property
    def before(self) -> Volume:
        """What the last call reads."""
        return self.calls[-1][0]

    @property
    def spatial(self) -> Spatial | None:
        """Width and height that it gives."""
        return self.after.spatial if self.after else None


class Way(NamedTuple):
    """A layer that explains a row."""

    kind: str
    arguments: Arguments
    layer: Layer

    @property
    def plain(self) -> bool:
        """Whether it is a layer as people build them: another row may be what it reads otherwise."""
        extent = self.arguments.get("extent", (1,))
        thin = len(set(extent)) == 1 or min(extent) == 1
        groups = self.arguments.get("groups", 1)
        return thin and max(extent) <= LARGEST_PLAIN and groups in (1, self.arguments.get("filters", 1))

    @property
    def window(self) -> str:
        """The filter as messages show it."""
        shown = [f"F={shortest_size(self.arguments['extent'])}", f"S={shortest_size(self.arguments['stride'])}"]
        padding = self.arguments.get("padding")
        if padding and (padding.name or any(map(any, padding.pairs))):
            shown.append(f"P={padding.name or shortest_size(Sizes(a for a, _ in padding.pairs))}")
        others = (key for key in ("dilation", "output_padding") if key in self.arguments)
        shown += [f"{key}={shortest_size(self.arguments[key])}" for key in others]
        return " ".join(shown)
