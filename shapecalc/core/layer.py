"""What a layer type is: a few facts (arguments, output shape, weights, windows); everything else is derived."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeAlias

from shapecalc.core.kept import Device as Device
from shapecalc.core.kept import Kept as Kept
from shapecalc.core.kept import Precision as Precision
from shapecalc.core.layout import Layout
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Parameter, Sizes, Word
from shapecalc.core.phrases import size_text
from shapecalc.core.record import NamedTuple, replace
from shapecalc.core.scratch import Execution, Slide, joined, multiplied
from shapecalc.core.window import POINTWISE as POINTWISE
from shapecalc.core.window import AccessPattern as AccessPattern
from shapecalc.core.window import ShapeError, Window, read_through

if TYPE_CHECKING:
    from shapecalc.numerics import toolkit as reference

Array: TypeAlias = "reference.Array"
Run: TypeAlias = "reference.Run"
Arrays: TypeAlias = Mapping[str, Array]
"""The weights of a layer by name."""
Rows: TypeAlias = Any
"""An array of positions x channels: `run.np` knows no types."""


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
        return size_text(self.sizes)


class Weight(NamedTuple):
    """One array that a layer owns. Shapes end in (input depth, output depth) for kernels."""

    name: str
    shape: tuple[int, ...]
    role: Literal["kernel", "bias", "scale", "shift", "running"]
    uses: int = 0
    """Kernels only: how many positions multiply with every element (so MACs are size · uses)."""
    uses_by_output: int | None = None
    """The same counted per output position, where other tools count otherwise."""

    @property
    def size(self) -> int:
        """Number of elements."""
        return prod(self.shape)


class WrittenWindow(NamedTuple):
    """The arguments of a window as they are: one number for all axes, or one for each."""

    extent: Sizes
    stride: Sizes
    padding: Padding
    dilation: Sizes


OpCategory = Literal["none", "mac", "norm", "response", "activation", "pool", "adaptive", "elementwise"]


class Layer(ABC):
    """A layer type with its arguments. One file a type, which states only what cannot be derived.

    Its arguments are declared in the class body, in positional order: `filters: int = argument("K", count, 64)`. In an
    instance `filters` is the value, or the default where none is given.
    """

    kind: ClassVar[str]
    """Its name in diagrams and reports: `CONV`."""
    aliases: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Other names, each with the arguments that it implies: `{"AVGPOOL": {"mode": "avg"}}`."""
    signature: ClassVar[tuple[Parameter, ...]] = ()
    """The arguments, gathered from the class body."""
    initial: ClassVar[Mapping[str, Any]] = {}
    """What each of them is where nothing is written, by field."""
    formulas: ClassVar[Mapping[str, str]] = {}
    """How its figures follow from its arguments, in letters, for whoever explains it.

    They are `size` of an axis, `depth`, each array of weights by its name, and `uses` of a kernel's weights where that
    is not once for every position of the output. Letters are W and D of the input, W2 and D2 of the output, those of
    the arguments (Fe is the effective extent) and n axes. `F·F` is the product over all axes, `P + P` and `D + D` the
    sum over sides and branches. What windows give follows from them, and what is not stated is shown in numbers alone.
    """
    example: ClassVar[str] = ""
    """A network with it, for its page; empty where it takes any image, and no argument."""
    op_category: ClassVar[OpCategory] = "none"
    """Under which head other tools count the work of an output element."""
    in_place: ClassVar[bool] = False
    """Writes over its input, so that its output takes no memory of its own."""
    starts: ClassVar[bool] = False
    """Reads nothing: a chain begins here."""
    merges: ClassVar[bool] = False
    """Joins the ends of several chains."""
    joins_one: ClassVar[bool] = False
    """Of one chain alone it is the identity, as in loops that join what they have so far."""
    view: ClassVar[bool] = False
    """Gives its input as it is, perhaps under another shape: takes no memory, whatever else reads the input."""

    may_join: ClassVar[bool] = False
    """Joins branches where some are written; else it reads what they would give from parts of the depth."""
    learned: ClassVar[bool] = False
    """Gives what it has learned: nothing of what arrives is read."""

    rounding_up: ClassVar[tuple[str, Word] | None] = None
    """The argument, by letter, that makes it take a last window that goes beyond the end, and its value."""
    keeps: ClassVar[Kept] = Kept(inputs=True)
    """What the forward pass keeps for the backward pass where that does not depend on volumes or arguments."""
    copies: ClassVar[int] = 1
    """How often the forward may hold as many values as go in and come out, besides those: see `scratch`."""

    kernel_by_rows: ClassVar[bool] = False
    """Its forward hands its kernel to `run.matmul` and to nothing else, so that its rows may be made some at a time."""

    rounding: str | None = None
    """How exactly its windows must fit, where an argument says so: `exact` or `floor`."""
    groups: int = 1
    """Parts of the depth that a kernel does not reach across."""
    eps: float = 0.0
    """What a normalisation adds to the variance that it divides by."""
    opaque: ClassVar[bool] = False
    """Stands for a layer of another tool of which only sizes are known."""
    understood: ClassVar[bool] = True
    """Whether it is known at all which layer it is."""

    function: Layer | None = None
    """The elementwise layer that an argument names; only ACT has one."""

    def __init_subclass__(cls) -> None:
        declared = {field: thing for field, thing in vars(cls).items() if isinstance(thing, Parameter)}
        for field in declared:
            delattr(cls, field)
        if declared:
            cls.signature += tuple(replace(parameter, field=field) for field, parameter in declared.items())
            cls.initial = {a.field: a.default for a in cls.signature}

    def __init__(self, **values: Any) -> None:
        self.__dict__.update({**self.initial, **values})

    def __repr__(self) -> str:
        return f"{self.kind}({', '.join(f'{name}={value!r}' for name, value in sorted(vars(self).items()))})"

    def along(self, axis: int, rank: int) -> Layer:
        """The layer as it works along one of `rank` axes: of sizes and pads by axis, those of this axis."""
        values: dict[str, Any] = {}
        for name, value in self.arguments.items():
            if isinstance(value, Sizes) and len(value) == rank > 1:
                values[name] = Sizes((value[axis],))
            elif isinstance(value, Padding) and len(value.pairs) == rank > 1:
                values[name] = Padding(value.name, (value.pairs[axis],))
        return self.changed(**values) if values else self

    @property
    def is_pointwise(self) -> bool:
        """Whether it keeps the volume that it reads, every value at its place, whatever that is."""
        own, default = type(self), Layer
        return (own.output, own.windows, own.access) == (default.output, default.windows, default.access)

    @property
    def arguments(self) -> dict[str, Any]:
        """The value of every argument, by field."""
        return {a.field: self.__dict__[a.field] for a in self.signature}

    def changed(self, **values: Any) -> Self:
        """The same layer with other values of some arguments, by field."""
        layer = type(self)(**{**self.arguments, **values})
        layer.function = self.function
        return layer

    @property
    def identity(self) -> tuple[type[Layer], str]:
        """Its type and all arguments: equal for layers that do the same. 1, 1.0 and true differ here."""
        return type(self), str(self.__dict__)

    @property
    def on_one_channel(self) -> Layer:
        """The same layer for a single channel."""
        return self.changed(**{a.field: a.one_channel for a in self.signature if a.one_channel is not None})

    @property
    def written_window(self) -> WrittenWindow | None:
        """What the arguments F, S and P (and dilation) say of a window, whatever it slides over; None without them."""
        named = {a.letter: self.__dict__[a.field] for a in self.signature}
        if not {"F", "S", "P"} <= named.keys():
            return None
        return WrittenWindow(named["F"], named["S"], named["P"], named.get("dilation", Sizes((1,))))

    def padded(self, padding: Padding) -> Layer | None:
        """The same layer with this padding around its windows; None for one that has no such argument."""
        return self.changed(padding=padding) if self.written_window else None

    def rounded_up(self) -> Layer | None:
        """The same layer when it takes a last window that goes beyond the end; None for one that cannot."""
        if self.rounding_up is None:
            return None
        letter, value = self.rounding_up
        parameter = next(a for a in self.signature if a.letter == letter)
        return self.changed(**{parameter.field: parameter.convert(value)})

    def resized(self, volume: Volume) -> Layer | None:
        """The same layer giving this volume, for one where a network begins; None for all others."""
        return None

    def on_larger(self, size: int, larger: int) -> Layer | None:
        """For a layer along one axis that states the size of its output: the same for a larger input, as much larger.

        None for all others, and where that is no whole number.
        """
        return None

    @property
    def least_depth(self) -> int:
        """Channels that the forward needs to run along a single axis."""
        return 1

    @property
    def averages(self) -> bool:
        """Whether it divides sums by how many they are of, which other tools count apart."""
        return self.arguments.get("mode") == "avg"

    @property
    def is_global(self) -> bool:
        """Whether every output reads all that arrives."""
        return False

    @property
    def axis_order(self) -> tuple[int, ...] | None:
        """For a layer that only exchanges axes, the axis of the input that each of its own is, the depth the last."""
        return None

    @property
    def along_positions(self) -> bool:
        """Whether it cuts or joins along positions what it otherwise cuts or joins along the depth."""
        return False

    @property
    def carries(self) -> bool:
        """Whether outputs read all that arrives up to their position, however long that is."""
        return False

    @property
    def in_place_form(self) -> bool:
        """Whether PyTorch, too, can write a layer in place over its input."""
        return True

    def bound(self, activation: Callable[[str], Layer | None]) -> Layer:
        """The layer once all its arguments are known; `activation` finds the elementwise layer of a name."""
        return self

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

    def output_if_any(self, *volumes: Volume) -> Volume | None:
        """The volume that comes out; None when the inputs do not fit."""
        try:
            return self.output(*volumes)
        except ShapeError:
            return None

    def arguments_for(self, *volumes: Volume) -> tuple[dict[str, Any], ...]:
        """Other arguments, by field, with which it takes inputs that do not fit it: what a fix may write."""
        return ()

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        """The arrays that the layer owns, by name and shape."""
        return ()

    def products(self, *volumes: Volume) -> int:
        """Multiply-accumulates besides those of the kernels: of volumes with volumes, or as they are stated."""
        return 0

    def windows(self, volume: Volume) -> tuple[Window, ...]:
        """The window slid along each spatial axis; none for layers that slide nothing."""
        return ()

    def scattered(self, volume: Volume) -> tuple[Window, ...]:
        """The window of its output that each position of its input adds to, per axis; none for layers that add nothing.

        Positions of the padding are cut off.
        """
        return ()

    @property
    def depth_window(self) -> Window | None:
        """The window slid along the depth; None for layers that slide none there."""
        return None

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        """What the forward pass keeps for the backward pass, as PyTorch does where it has such a layer."""
        return self.keeps

    @property
    def precision(self) -> Precision:
        """In which precision it runs under PyTorch's autocast."""
        return "half" if self.op_category == "mac" else "widest"

    def training_view(self, layout: Layout, output: Volume) -> Layout | None:
        """How the output lies in the memory of its input while training; None where it is a volume of its own."""
        return layout.viewed((layout.shape[0], output.depth, *reversed(output.spatial))) if self.view else None

    def passes_gradient(self, volume: Volume, output: Volume) -> bool:
        """Whether the gradient of an input of this volume is that of the output, or a part of it as it lies there."""
        return self.view

    def backward_scratch(self, *volumes: Volume) -> int:
        """Values of an image that the backward pass makes besides the gradients of the inputs and weights."""
        return 0

    def effective_arguments(self, volume: Volume | None) -> dict[str, Any]:
        """Arguments by letter as they take effect, where that is not what was written; None is an unknown volume."""
        windows = self.windows(volume) if volume else ()
        return {"P": Padding("", tuple((w.before, w.after) for w in windows))} if windows else {}

    def access(self, volume: Volume) -> tuple[AccessPattern, ...]:
        """Which input positions an output position reads, per spatial axis."""
        windows = self.windows(volume)
        return read_through(windows) if windows else (POINTWISE,) * len(volume.spatial)

    def branch_accesses(self, output: Volume, *volumes: Volume) -> tuple[tuple[AccessPattern, ...] | None, ...]:
        """What outputs read of each of several branches, per spatial axis; None for all of it."""
        positions = output.positions
        return tuple([(POINTWISE,) * len(v.spatial) if v.positions == positions else None for v in volumes])

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        """Values that the forward holds besides what goes in and comes out, at the moment when they are most.

        verify refuses a network by this before it takes the memory. A layer that states nothing is allowed windows as
        pools and convolutions slide them, and `copies` of everything unless it works in place.
        """
        copies = 0 if self.in_place or self.view else self.copies
        values = copies * execution.images * (output.size + sum(v.size for v in volumes))
        windows = self.windows(volumes[0]) if volumes else ()
        if not windows:
            return values
        slide = Slide(windows, volumes[0].spatial, output.spatial, volumes[0].depth)
        return values + (multiplied if self.weights(*volumes) else joined)(slide, execution)

    def as_convolution(self, volume: Volume) -> tuple[str, dict[str, Any]] | None:
        """The same sums of the same weights as a convolution over the volume: its kind, and its arguments by field.

        None for a layer that stays as it is.
        """
        return None

    @abstractmethod
    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        """The layer in NumPy, from batches (batch, spatial axes, depth) to one: float32, C-contiguous.

        Never asks the rules above, and calls nothing but `run` and NumPy. verify runs it on positions that are NaN and
        on one axis of one channel, with filters, units, groups and multiplier 1. So a NaN that is read comes out; every
        weight goes through `run.fit`, with the shape that the arrays at hand demand; and an input is written over only
        where `run.over` or `run.apply` say so. Raises Unrunnable where the arrays do not fit.
        """
