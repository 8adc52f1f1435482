"""Layers of ours that make a printed row of what it reads: the plainest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import gcd
from typing import Any, NamedTuple

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import ArgumentError, Sizes, Word
from shapecalc.core.window import ShapeError
from shapecalc.formats.printed_table.windows_of_rows import Spatial, filters_of, transposed_windows, windows
from shapecalc.lowering.assembler import layer_of
from shapecalc.registry import NamedType, by_name

POOLS = (2, 3, 1, 4, 5, 6, 7, 8, 9, 10, 11, 13)
"""Extents of pools that are tried: nothing else in a row tells them."""
MOST_MULTIPLIED = 8
"""Maps of each channel of a depthwise convolution that are tried."""

LARGEST_PLAIN = 11
"""Of a filter that people build."""

Arguments = dict[str, Any]


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
        shown = [f"F={_short(self.arguments['extent'])}", f"S={_short(self.arguments['stride'])}"]
        padding = self.arguments.get("padding")
        if padding and (padding.name or any(map(any, padding.pairs))):
            shown.append(f"P={padding.name or _short(Sizes(a for a, _ in padding.pairs))}")
        shown += [
            f"{key}={_short(self.arguments[key])}" for key in ("dilation", "output_padding") if key in self.arguments
        ]
        return " ".join(shown)


def _short(sizes: Sequence[int]) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else "x".join(map(str, sizes))


def ways(asked: Asked) -> list[Way]:
    """The layers that explain a row; none where its filter, its order or its kind is not one that is tried."""
    kind = asked.named.type.kind
    found: list[Way] = []
    for name, groups in _guesses(asked):
        for arguments in groups:
            way = _verified(asked, name, arguments)
            if way and not any(_alike(way, other, asked) for other in found):
                found.append(way)
        if found:
            return found if kind in _WINDOWED else found[:1]
    return found


def _alike(one: Way, other: Way, asked: Asked) -> bool:
    """Whether two ways slide the same windows: `same` and 1 are one padding of a 3x3."""
    volume = asked.before
    return one.layer.windows(volume) == other.layer.windows(volume) and (
        one.arguments.get("extent") == other.arguments.get("extent")
    )


def _verified(asked: Asked, name: str, arguments: Arguments) -> Way | None:
    named = by_name(name)
    assert named is not None
    try:
        layer = layer_of(named, arguments)
        outputs = [layer.output(*call) for call in asked.calls]
        arrays = layer.weights(*asked.calls[-1])
    except (ShapeError, ArgumentError, ValueError, ZeroDivisionError):
        return None
    state = sum(array.size for array in arrays if array.role == "running")
    params = sum(array.size for array in arrays) - state * (asked.framework == "torch")
    last = outputs[-1]
    same = last.sizes == asked.after.sizes if asked.after else asked.depth in (None, last.depth)
    return Way(name, arguments, layer) if same and params == asked.params else None


# --- arguments of each kind -----------------------------------------------------------------------

Guesses = Iterator[tuple[str, Iterator[Arguments]]]
"""A layer and arguments for it; the first of them that explains a row is taken."""


def _guesses(asked: Asked) -> Guesses:
    kind = asked.named.type.kind
    if kind in _WINDOWED:
        return _WINDOWED[kind](asked)
    plain = _PLAIN.get(kind)
    if plain is None:
        return iter([] if kind in _UNTRIED else [(asked.named.shown, iter([{}]))])
    return iter([(name, iter([arguments])) for name, arguments in plain(asked)])


def _fully_connected(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    """Keras' Dense works along the depth, PyTorch's Linear on a row of values."""
    units = asked.depth or 1
    biases: list[Arguments] = [{}, {"bias": False}]
    point = {"filters": units, "extent": Sizes((1,)), "stride": Sizes((1,)), "padding": Padding("", ((0, 0),))}
    along = [("CONV", point | bias) for bias in biases]
    rows = [("FC", {"units": units} | bias) for bias in biases]
    row = asked.after is None or asked.after.flat or max(asked.after.spatial) == 1
    yield from rows if row else along


def _normalised(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    for arguments in ({}, {"scale": False}, {"shift": False}, {"affine": False}):
        yield asked.named.shown, dict(arguments)


def _affine(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    for affine in (True, False):
        yield asked.named.shown, {"affine": affine}


def _grouped(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    for groups in (32, 16, 8, 4, 2, 1):
        if asked.before.depth % groups == 0:
            yield "GN", {"groups": groups}
            yield "GN", {"groups": groups, "affine": False}


def _slopes(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    for arguments in ({"shared": True}, {}, {"each": True}):
        yield "PRELU", dict(arguments)


def _more(asked: Asked) -> list[int]:
    spatial = asked.spatial or asked.before.spatial
    return [a - b for a, b in zip(spatial, asked.before.spatial, strict=False)]


def _padded(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    """A row of one more is Keras' padding in front of a stride, ((0, 1), (0, 1))."""
    if min(_more(asked)) >= 0:
        yield "PAD", {"padding": Padding("", tuple((n // 2, n - n // 2) for n in _more(asked)))}


def _cropped(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    if max(_more(asked)) <= 0:
        yield "CROP", {"padding": Padding("", tuple((-n // 2, -n - -n // 2) for n in _more(asked)))}


def _enlarged(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    pairs = [*zip(asked.spatial or (), asked.before.spatial, strict=False)]
    if pairs and all(a % b == 0 for a, b in pairs):
        yield "UPSAMPLE", {"factor": Sizes(a // b for a, b in pairs)}
    elif pairs:
        yield "RESIZE", {"size": Sizes(a for a, _ in pairs)}


def _reshaped(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    if asked.after:
        yield "RESHAPE", {"size": Sizes(asked.after.sizes)}


def _adaptive(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    implied = asked.named.shown
    if asked.spatial and set(asked.spatial) == {1}:
        yield "GAP", {"mode": asked.named.implied.get("mode", "avg")}
    elif asked.spatial:
        yield implied, {"size": Sizes(asked.spatial)}


_PLAIN: dict[str, Callable[[Asked], Iterator[tuple[str, Arguments]]]] = {
    "FC": _fully_connected, "BN": _normalised, "IN": _affine, "LN": _affine, "GN": _grouped, "PRELU": _slopes,
    "PAD": _padded, "CROP": _cropped, "UPSAMPLE": _enlarged, "RESHAPE": _reshaped, "ADAPTIVEPOOL": _adaptive,
    "ACT": lambda asked: iter([("RELU", {})]),
}  # fmt: skip
_UNTRIED = ("LOCAL", "PERMUTE", "SLICE", "RESIZE", "OPAQUE", "SCALE", "PIXELSHUFFLE", "PIXELUNSHUFFLE")


# --- windows --------------------------------------------------------------------------------------


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
                found.append((plain, not _is_power(area, rank), bias == asked.normalised, groups, bias, area))
    for *_, groups, bias, area in sorted(found):
        own = {"filters": filters} | ({} if bias else {"bias": False}) | ({"groups": groups} if groups > 1 else {})
        yield "CONV", _slid(asked, area, rank, own)


def _is_power(area: int, rank: int) -> bool:
    return bool(round(area ** (1 / rank)) ** rank == area)


def _slid(asked: Asked, area: int, rank: int, own: Arguments) -> Iterator[Arguments]:
    known = asked.kernel[::-1] if len(asked.kernel) == rank else ()
    for extent in [known] if known else filters_of(area, rank):
        for window in windows(asked.before.spatial, asked.spatial, extent, asked.framework):
            yield window | own


def _depthwise(asked: Asked) -> Guesses:
    depth, filters = asked.before.depth, asked.depth or 1
    for bias in (True, False):
        values = asked.params - bias * filters
        if filters % depth == 0 and values > 0 and values % filters == 0:
            own: Arguments = {} if bias else {"bias": False}
            own |= {"multiplier": filters // depth} if filters > depth else {}
            yield "DWCONV", _slid(asked, values // filters, len(asked.before.spatial), own)


def _separable(asked: Asked) -> Guesses:
    depth, filters = asked.before.depth, asked.depth or 1
    for bias in (True, False):
        for multiplier in range(1, MOST_MULTIPLIED + 1):
            values = asked.params - bias * filters - depth * multiplier * filters
            if values > 0 and values % (depth * multiplier) == 0:
                own = {"filters": filters} | ({} if bias else {"bias": False})
                own |= {"multiplier": multiplier} if multiplier > 1 else {}
                yield "SEPCONV", _slid(asked, values // (depth * multiplier), len(asked.before.spatial), own)


def _transposed(asked: Asked) -> Guesses:
    depth, filters = asked.before.depth, asked.depth or 1
    rank = len(asked.before.spatial)
    for bias in (True, False):
        values = asked.params - bias * filters
        if values > 0 and values % (depth * filters) == 0:
            own = {"filters": filters} | ({} if bias else {"bias": False})
            area = values // (depth * filters)
            spatial = asked.before.spatial
            yield (
                "UPCONV",
                (
                    window | own
                    for extent in filters_of(area, rank)
                    for window in transposed_windows(spatial, asked.spatial, extent, asked.framework)
                ),
            )


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


_WINDOWED: dict[str, Callable[[Asked], Guesses]] = {
    "CONV": _convolutions, "DWCONV": _depthwise, "SEPCONV": _separable, "UPCONV": _transposed, "POOL": _pools,
}  # fmt: skip
