"""What a layer type is: a few facts (arguments, output shape, weights, windows); everything else is derived."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from shapecalc.arguments import Argument, Padding, Sizes
from shapecalc.window import Rounding, ShapeError, Window

if TYPE_CHECKING:
    from shapecalc.reference import Array, Run


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
    """Output position o of an axis reads the input positions from step·o + low to step·o + high.

    Ends between two positions are rounded inwards: up for the first, down for the last.
    """

    step: int | Fraction
    low: int | Fraction
    high: int | Fraction
    exact: bool = True
    """Both ends are really read by every output that lies clear of the borders."""


HERE = Reach(1, 0, 0)
"""Every output reads the input at its own place."""


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
    view: ClassVar[bool] = False
    """Gives its input as it is, perhaps under another shape: takes no memory, whoever else reads the input."""
    sees_everything: ClassVar[bool] = False
    """Every output reads all that arrives."""

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

    @property
    def over_depth(self) -> Window | None:
        """The window slid along the depth; None for layers that slide none there."""
        return None

    def in_force(self, volume: Volume | None) -> dict[str, Any]:
        """Arguments by letter as they take effect, where that is not what was written; None is an unknown volume."""
        windows = self.windows(volume) if volume else ()
        return {"P": Padding("", tuple((w.before, w.after) for w in windows))} if windows else {}

    def reach(self, volume: Volume) -> tuple[Reach, ...]:
        """Which input positions an output position reads, per spatial axis."""
        windows = self.windows(volume)
        if not windows:
            return (HERE,) * len(volume.spatial)
        return tuple(Reach(w.stride, -w.before, w.effective - 1 - w.before) for w in windows)

    def as_convolution(self, volume: Volume) -> str | None:
        """The layer as a convolution over the volume, such as `CONV(4096, F=7)`: the same sums of the same weights.

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
    extent = "x".join(str(w.extent) for w in windows)
    require_space(layer, volume, f"slides a {extent} window")
    for axis, window in enumerate(windows):
        try:
            window.outputs(volume.spatial[axis])
        except ShapeError as problem:
            name = axis_name(axis, len(windows))
            size = volume.spatial[axis]
            pads = window.before + window.after
            largest = (size + pads - 1) // window.dilation + 1
            padded = f"{size} + {pads} of padding" if pads else str(size)
            raise ShapeError(
                problem.code,
                f"{layer.kind} is larger than its input: a window {window.effective} {name[1]} on {padded}",
                label=f"expected {name[0]} of at most {size + pads}, found {window.effective}",
                help=(f"write F={largest} or less, or pad the {name[0]} by {window.effective - size - pads} more",),
            ) from None
    return tuple(w.outputs(s) for w, s in zip(windows, volume.spatial, strict=True))


def require_space(layer: Layer, volume: Volume, what: str) -> None:
    """Raises ShapeError SHP210 where a layer that works on space, as `what` says, reads a flat volume."""
    if volume.flat:
        raise ShapeError(
            "SHP210",
            f"{layer.kind} {what}, and its input {volume} is flat: an FC or FLATTEN has left no width or height",
            label=f"expected a volume with width and height, found {volume}",
            help=(f"move {layer.kind} before the FC, or give the values a shape again with RESHAPE(WxHxD)",),
        )


def divide_into_groups(groups: int, depth: int, filters: int | None = None) -> None:
    """Raises ShapeError SHP207 unless the groups divide the input's depth, and the filters where there are any."""
    wanted = [(depth, "channels of the input")] + ([] if filters is None else [(filters, "filters")])
    both = "the depth of the input" if filters is None else "both the depth of the input and the number of filters"
    for number, what in wanted:
        if number % groups:
            raise ShapeError(
                "SHP207",
                f"{groups} groups do not divide the {number} {what}",
                label=f"{number} / {groups} leaves a remainder of {number % groups}",
                help=(f"groups must divide {both}",),
            )


def axis_name(axis: int, rank: int) -> tuple[str, str]:
    """The noun and the adjective of an axis: ('width', 'wide')."""
    if rank == 1:
        return "length", "long"
    return (("width", "wide"), ("height", "high"), ("slice axis", "slices"))[axis]


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
