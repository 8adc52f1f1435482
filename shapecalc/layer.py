"""What a layer type is: a few facts (arguments, output shape, weights, windows); everything else is derived."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from shapecalc.window import Rounding, ShapeError, Window, decimal, same_padding

if TYPE_CHECKING:
    from shapecalc.reference import Array, Run

LARGEST_EXTENT = 100_000
"""No extent, stride or dilation is larger; whoever writes more has made a slip."""
LARGEST_SIZE = 10**9
"""No axis, depth or number of filters is larger."""


class Volume(NamedTuple):
    """Width x height x depth (any number of spatial axes, 1 to 3, then the depth)."""

    spatial: tuple[int, ...]
    depth: int
    flat: bool = False
    """Made by FC or FLATTEN: there is no width or height left to slide over."""

    @property
    def size(self) -> int:
        """Number of values."""
        return prod(self.spatial) * self.depth

    @property
    def positions(self) -> int:
        """Number of spatial positions."""
        return prod(self.spatial)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Spatial sizes, then depth."""
        return (*self.spatial, self.depth)

    def __str__(self) -> str:
        return "x".join(map(str, self.sizes))


class Weight(NamedTuple):
    """One array that a layer owns. Shapes end in (input depth, output depth) for kernels."""

    name: str
    shape: tuple[int, ...]
    role: Literal["kernel", "bias", "scale", "shift", "running"]
    uses: int = 0
    """Kernels only: how many positions multiply with every element (so MACs are size · uses)."""
    uses_by_output: int = 0
    """The same counted per output position, as some other tools do for transposed convolutions."""

    @property
    def size(self) -> int:
        """Number of elements."""
        return prod(self.shape)


class Reach(NamedTuple):
    """Output position o of an axis reads input positions step·o + low … step·o + high."""

    step: int | Fraction
    low: int | Fraction
    high: int | Fraction


HERE = Reach(1, 0, 0)
"""Every output reads the input at its own place."""


# --- arguments --------------------------------------------------------------------------------


class Word(str):
    """A bare word as a value: `same`, `avg`, `true`."""


class Sizes(tuple[int, ...]):
    """A literal `3x5` as a value, or a size normalised: one number stands for every axis."""

    def over(self, rank: int) -> tuple[int, ...]:
        """One number per axis. Raises ShapeError SHP209 when there are neither one nor `rank`."""
        if len(self) == 1:
            return tuple(self) * rank
        if len(self) != rank:
            raise ShapeError(
                "SHP209",
                f"{self} has {len(self)} sizes, the input has {rank} spatial {'axis' if rank == 1 else 'axes'}",
            )
        return tuple(self)

    def __str__(self) -> str:
        return "x".join(map(str, self))


Value = int | Fraction | Word | Sizes | tuple[Any, ...]


class ArgumentError(ValueError):
    """A value that an argument cannot take; `code` is the diagnostic's."""

    def __init__(self, message: str, code: str = "SHP103", help: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help


def show(value: Any) -> str:
    """A value as the language writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return decimal(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Sizes):
        return str(value)
    if isinstance(value, tuple):
        return "(" + ",".join(show(v) for v in value) + ")"
    return str(value)


def _integer(value: Value, low: int, high: int, what: str) -> int:
    if isinstance(value, Fraction) and value.denominator != 1:
        raise ArgumentError(f"must be {what}, and this is {show(value)}", "SHP108")
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise ArgumentError(f"must be {what}, not '{show(value)}'")
    number = int(value)
    if number < low:
        raise ArgumentError(f"must be {what}, at least {low}, and this is {number}")
    if number > high:
        raise ArgumentError(f"is {number:,}; nothing above {high:,} makes sense here")
    return number


def count(value: Value) -> int:
    """A whole number of at least 1."""
    return _integer(value, 1, LARGEST_SIZE, "a whole number")


def natural(value: Value) -> int:
    """A whole number of at least 0."""
    return _integer(value, 0, LARGEST_SIZE, "a whole number")


def sizes(value: Value) -> Sizes:
    """`3` for every axis, or `3x5` (width x height)."""
    parts = value if isinstance(value, Sizes) else (value,)
    if isinstance(value, tuple) and not isinstance(value, Sizes):
        raise ArgumentError(f"is a size: write {'x'.join(show(v) for v in value)}, not {show(value)}")
    return Sizes(_integer(part, 1, LARGEST_EXTENT, "a whole number or a size such as 3x5") for part in parts)


def offsets(value: Value) -> Sizes:
    """Like sizes, and 0 is allowed."""
    parts = value if isinstance(value, Sizes) else (value,)
    return Sizes(_integer(part, 0, LARGEST_EXTENT, "a whole number or a size such as 1x2") for part in parts)


def flag(value: Value) -> bool:
    """Reads true or false (also yes/no, 1/0, and a comparison)."""
    word = str(value).lower()
    if word in ("true", "yes", "on", "1"):
        return True
    if word in ("false", "no", "off", "0"):
        return False
    raise ArgumentError(f"must be true or false, not '{show(value)}'")


def real(value: Value) -> float:
    """Any number."""
    if isinstance(value, int | Fraction):
        return float(value)
    raise ArgumentError(f"must be a number, not '{show(value)}'")


def probability(value: Value) -> float:
    """A number from 0 to 1."""
    number = real(value)
    if not 0 <= number <= 1:
        raise ArgumentError(f"must lie between 0 and 1, and this is {show(value)}")
    return number


def choice(*words: str) -> Callable[[Value], str]:
    """One of these words."""

    def convert(value: Value) -> str:
        if str(value).lower() not in words:
            raise ArgumentError(f"must be one of {', '.join(words)}, not '{show(value)}'")
        return str(value).lower()

    convert.words = words  # type: ignore[attr-defined]
    return convert


class Padding(NamedTuple):
    """Padding normalised: a name, or pairs (before, after) for every axis or one for all."""

    name: str = ""
    pairs: tuple[tuple[int, int], ...] = ()

    def over(
        self, spatial: tuple[int, ...], extent: Sizes, stride: Sizes, dilation: Sizes
    ) -> tuple[tuple[int, int], ...]:
        """(before, after) for every axis. Raises ShapeError SHP209 for a wrong number of axes."""
        rank = len(spatial)
        if not self.name:
            if len(self.pairs) == 1:
                return self.pairs * rank
            if len(self.pairs) != rank:
                raise ShapeError(
                    "SHP209",
                    f"padding for {len(self.pairs)} axes, the input has {rank} spatial "
                    f"{'axis' if rank == 1 else 'axes'}",
                    label=f"expected {2 * rank} numbers, before and after for each axis",
                )
            return self.pairs
        axes = zip(spatial, extent.over(rank), stride.over(rank), dilation.over(rank), strict=True)
        return tuple(_named_padding(self.name, *axis) for axis in axes)

    def __str__(self) -> str:
        if self.name:
            return self.name
        if all(before == after for before, after in self.pairs):
            return "x".join(str(before) for before, _ in self.pairs)
        return "(" + ",".join(str(n) for pair in self.pairs for n in pair) + ")"


PRESERVE = Padding("preserve")
"""Size-preserving at stride 1: (Fe − 1)/2 on both sides, the odd one behind for even extents."""


def _named_padding(name: str, size: int, extent: int, stride: int, dilation: int) -> tuple[int, int]:
    effective = dilation * (extent - 1) + 1
    if name == "valid":
        return 0, 0
    if name == "full":
        return effective - 1, effective - 1
    if name == "preserve":
        return (effective - 1) // 2, effective // 2
    before, after = same_padding(size, extent, stride, dilation)
    return (before, after) if name == "same" else (after, before)


def padding(value: Value) -> Padding:
    """`1`, `1x2` per axis, `(left,right,top,bottom)`, same, same_lower, valid, full."""
    if isinstance(value, Padding):
        return value
    if isinstance(value, Word):
        name = {"same_upper": "same", "half": "preserve"}.get(value.lower(), value.lower())
        if name not in ("same", "same_lower", "valid", "full", "preserve"):
            raise ArgumentError(
                f"must be a number, a size, (left,right,top,bottom), same, same_lower, valid or full, not '{value}'"
            )
        return Padding(name)
    what = "a whole number"
    if isinstance(value, tuple) and not isinstance(value, Sizes):
        if len(value) not in (2, 4, 6):
            raise ArgumentError(
                f"has {len(value)} numbers; padding in brackets is (left,right,top,bottom), two numbers for each axis"
            )
        numbers = [_integer(v, 0, LARGEST_EXTENT, what) for v in value]
        return Padding("", tuple(zip(numbers[::2], numbers[1::2], strict=True)))
    parts = value if isinstance(value, Sizes) else (value,)
    numbers = [_integer(v, 0, LARGEST_EXTENT, what) for v in parts]
    return Padding("", tuple((n, n) for n in numbers))


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a layer: its letter, its long names, how a value is read, and its default."""

    letter: str
    field: str
    convert: Callable[[Any], Any]
    default: Any = None
    names: tuple[str, ...] = ()
    assumed: bool = False
    """Reported as assumed when it is not written."""
    required: bool = False
    classes: bool = False
    """In the last layer that has such an argument, the number of classes when it is not written."""

    @property
    def takes_words(self) -> bool:
        """Whether a bare word is a value rather than an open name."""
        return self.convert in (flag, padding) or hasattr(self.convert, "words") or self.convert is word


def word(value: Value) -> str:
    """A name."""
    if not isinstance(value, Word):
        raise ArgumentError(f"must be a name, not '{show(value)}'")
    return str(value)


def whole_volume(value: Value) -> Sizes:
    """`WxHxD`, `WxD` in one axis, `WxHxZxD` in three."""
    if not isinstance(value, Sizes):
        raise ArgumentError(f"must be a size such as 224x224x3, not '{show(value)}'")
    if not 2 <= len(value) <= 4:
        raise ArgumentError(f"has {len(value)} sizes; write width x height x depth, such as 224x224x3")
    return Sizes(_integer(part, 1, LARGEST_SIZE, "a whole number") for part in value)


def as_one_size(positional: list[Any]) -> list[Any]:
    """`W, H, D` as the one value `WxHxD`."""
    if len(positional) > 1 and all(isinstance(v, int | Fraction) for v in positional):
        return [Sizes(positional)]
    return positional


# --- layers -----------------------------------------------------------------------------------

Bucket = Literal["none", "mac", "norm", "response", "activation", "pool", "adaptive", "elementwise"]


class Layer:
    """A layer type with its arguments. One file a type, which states only what cannot be derived.

    Attributes are set from the signature: `Argument("K", "filters", …)` becomes `self.filters`.
    """

    kind: ClassVar[str]
    aliases: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Other names, each with the arguments that it implies: `{"AVGPOOL": {"mode": "avg"}}`."""
    signature: ClassVar[tuple[Argument, ...]] = ()
    """In positional order."""
    bucket: ClassVar[Bucket] = "none"
    """Under which head other tools count the work of an output element."""
    in_place: ClassVar[bool] = False
    """Writes over its input, so that its output takes no memory of its own."""
    starts: ClassVar[bool] = False
    """Reads nothing: a chain begins here."""
    merges: ClassVar[bool] = False
    """Joins the ends of several chains."""
    sees_everything: ClassVar[bool] = False
    """Every output reads the whole input."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    @classmethod
    def defaults(cls, written: Mapping[str, Any]) -> dict[str, Any]:
        """Defaults (by field) that depend on which arguments were written."""
        return {}

    @classmethod
    def gather(cls, positional: list[Any], named: dict[str, Any]) -> list[Any]:
        """The positional values as the signature counts them (INPUT takes three numbers as one size)."""
        return positional

    def output(self, *volumes: Volume) -> Volume:
        """The volume that comes out. Raises ShapeError when the inputs do not fit."""
        return volumes[0]

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        """The arrays that the layer owns, by name and shape."""
        return ()

    def windows(self, volume: Volume) -> tuple[Window, ...]:
        """The window slid along each spatial axis; none for layers that slide nothing."""
        return ()

    def reach(self, volume: Volume) -> tuple[Reach, ...]:
        """Which input positions an output position reads, per spatial axis."""
        windows = self.windows(volume)
        if not windows:
            return (HERE,) * len(volume.spatial)
        return tuple(Reach(w.stride, -w.before, w.effective - 1 - w.before) for w in windows)

    def as_convolution(self, volume: Volume) -> str | None:
        """The layer written as a convolution over the volume, such as `CONV(4096, F=7)`: the same sums of the same weights.

        Empty where a convolution needs no such layer, None for one that stays as it is.
        """
        return None

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        """The layer in NumPy: arrays are batch, spatial axes, depth. Never asks the rules above."""
        raise NotImplementedError(self.kind)


def windows_over(
    volume: Volume,
    extent: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    rounding: Rounding = "floor",
) -> tuple[Window, ...]:
    """One window per spatial axis, from arguments that may give one number for every axis.

    Raises ShapeError SHP209 when an argument has sizes for another number of axes.
    """
    rank = len(volume.spatial)
    pads = padding.over(volume.spatial, extent, stride, dilation)
    axes = zip(extent.over(rank), stride.over(rank), pads, dilation.over(rank), strict=True)
    return tuple(Window(f, s, before, after, d, rounding) for f, s, (before, after), d in axes)


def slide(layer: Layer, volume: Volume) -> tuple[int, ...]:
    """Spatial sizes after the layer's windows have been slid over a volume.

    Raises ShapeError SHP210 on a flat volume, SHP205 where a window does not fit.
    """
    windows = layer.windows(volume)
    if volume.flat and any(w.effective > 1 for w in windows):
        extent = "x".join(str(w.extent) for w in windows)
        raise ShapeError(
            "SHP210",
            f"{layer.kind} slides a {extent} window, and its input {volume} is flat: "
            "an FC or FLATTEN has left no width or height",
            label=f"expected a volume with width and height, found {volume}",
            help=(f"move {layer.kind} before the FC, or give the values a shape again with RESHAPE(WxHxD)",),
        )
    for axis, window in enumerate(windows):
        try:
            window.outputs(volume.spatial[axis])
        except ShapeError as problem:
            name = axis_name(axis, len(windows))
            size = volume.spatial[axis]
            pads = window.before + window.after
            padded = f"{size} + {pads} of padding" if pads else str(size)
            raise ShapeError(
                problem.code,
                f"{layer.kind} is larger than its input: a window {window.effective} {name[1]} on {padded}",
                label=f"expected {name[0]} of at most {size + pads}, found {window.effective}",
                help=(f"write F={size + pads} or less, or pad the {name[0]} by {window.effective - size - pads} more",),
            ) from None
    return tuple(w.outputs(s) for w, s in zip(windows, volume.spatial, strict=True))


class BranchError(ShapeError):
    """Two branches that do not join: `branches` are their positions, so that both producers can be named."""

    branches: tuple[int, int]


def disagreement(kind: str, one: Volume, i: int, other: Volume, j: int) -> BranchError:
    """The error for two branches whose sizes differ, naming the axis."""
    rank = len(one.spatial)
    if len(other.spatial) != rank:
        what = f"number of spatial axes: {rank} and {len(other.spatial)}"
    else:
        axis = next((a for a in range(rank) if one.spatial[a] != other.spatial[a]), rank)
        noun = "depth" if axis == rank else axis_name(axis, rank)[0]
        what = f"{noun}: {one.sizes[axis]} and {other.sizes[axis]}"
    error = BranchError(
        "SHP208",
        f"{kind} cannot join {one} and {other}: the branches differ in {what}",
        label=f"branch {i + 1} gives {one}, branch {j + 1} gives {other}",
    )
    error.branches = (i, j)
    return error


def broadcast(kind: str, volumes: tuple[Volume, ...]) -> Volume:
    """The volume that branches joined value by value give; those of 1x1 spread over the others.

    Raises BranchError SHP208 where they differ.
    """
    widest = max(range(len(volumes)), key=lambda i: (volumes[i].positions, -i))
    result = volumes[widest]
    for i, volume in enumerate(volumes):
        same = volume.spatial == result.spatial or (
            volume.positions == 1 and len(volume.spatial) == len(result.spatial)
        )
        if not same or volume.depth != result.depth:
            first, second = sorted((i, widest))
            raise disagreement(kind, volumes[first], first, volumes[second], second)
    return Volume(result.spatial, result.depth, all(v.flat for v in volumes))


def divide_into_groups(groups: int, depth: int, filters: int) -> None:
    """Raises ShapeError SHP207 unless the groups divide both the input's depth and the filters."""
    for number, what in ((depth, "channels of the input"), (filters, "filters")):
        if number % groups:
            raise ShapeError(
                "SHP207",
                f"{groups} groups do not divide the {number} {what}",
                label=f"{number} / {groups} leaves a remainder of {number % groups}",
                help=("groups must divide both the depth of the input and the number of filters",),
            )


def axis_name(axis: int, rank: int) -> tuple[str, str]:
    """The noun and the adjective of an axis: ('width', 'wide')."""
    if rank == 1:
        return "length", "long"
    return (("width", "wide"), ("height", "high"), ("depth", "deep"))[axis]


# --- the registry -----------------------------------------------------------------------------


@cache
def layer_types() -> dict[str, type[Layer]]:
    """Every layer type by canonical name: the classes that the files of layers/ define."""
    found: dict[str, type[Layer]] = {}
    folder = os.path.join(os.path.dirname(__file__), "layers")
    for file in sorted(os.listdir(folder)):
        if not file.endswith(".py") or file.startswith("_"):
            continue
        module = importlib.import_module(f"shapecalc.layers.{file[:-3]}")
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, Layer) and thing.__module__ == module.__name__:
                if thing.kind in found:
                    raise ValueError(f"two layer types are called {thing.kind}")
                found[thing.kind] = thing
    return found


@cache
def layer_names() -> dict[str, tuple[type[Layer], Mapping[str, Any]]]:
    """Every name and alias in upper case, with its type and the arguments that it implies."""
    names: dict[str, tuple[type[Layer], Mapping[str, Any]]] = {}
    for kind, layer in layer_types().items():
        for name, implied in ((kind, {}), *layer.aliases.items()):
            if name in names:
                raise ValueError(f"two layer types are called {name}")
            names[name] = (layer, implied)
    return names
