"""What a check finds out about a network: a row a layer, totals, and diagnostics. Renderers see only this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from shapecalc.core.exact import Exact, divided
from shapecalc.core.kept import DTYPES, Device
from shapecalc.core.layer import Volume, Weight
from shapecalc.core.record import NamedTuple, Record
from shapecalc.core.window import GRADES, Tiling, TilingClass, Window
from shapecalc.diagnostics.diagnostic import Diagnostic, Severity, Source
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.live_positions import Live
from shapecalc.passes.step_memory import CheckpointedStep, StepMemory


class Field(NamedTuple):
    """The receptive field along one axis, in positions of the network's input, for every output of a period.

    After windows the period is 1: output o sees step·o + low … step·o + high. Layers that enlarge make neighbours
    see differently, with this period.
    """

    advance: int
    """How much further an output sees than the one a whole period before it."""
    intervals: tuple[tuple[int, int] | None, ...]
    """First and last position that outputs 0, 1, … of a period see; negative in the padding, None for nothing."""

    def at(self, output: int) -> tuple[int, int] | None:
        """First and last position that an output sees."""
        iterations, place = divmod(output, len(self.intervals))
        interval = self.intervals[place]
        return interval and (interval[0] + iterations * self.advance, interval[1] + iterations * self.advance)

    @property
    def step(self) -> Exact:
        """How far apart neighbouring outputs look, on average."""
        return divided(self.advance, len(self.intervals))

    @property
    def low(self) -> int:
        """First position that the first output sees."""
        return next((interval[0] for interval in self.intervals if interval), 0)

    @property
    def size(self) -> int:
        """Positions from the first to the last that one output sees, at the most."""
        if len(self.intervals) == 1 and (seen := self.intervals[0]):
            return seen[1] - seen[0] + 1
        return max((last - first + 1 for first, last in filter(None, self.intervals)), default=0)


Status = Literal["exact", "outer bounds", "whole input", "mixed"]
"""How far a receptive field is known."""


class ReceptiveField(Record):
    """Per axis what an output sees, or that it sees the whole input.

    A layer that sees everything after a crop, or after strides that leave a border unread, sees a part of the input,
    and all its outputs the same: the step is 0.
    `outer bounds`: outputs see no more than that. `mixed`: it joins branches with different strides, and the
    axes are those of the widest.
    """

    status: Status
    axes: tuple[Field, ...]

    @property
    def longest(self) -> int | None:
        """Positions along the longest axis; None where there is no axis."""
        return max((axis.size for axis in self.axes), default=None)


class Row(Record, frozen=False):
    """One layer, checked. None is unknown. Counts are per image."""

    node: Node
    inputs: tuple[Volume | None, ...]
    output: Volume | None = None
    weight_arrays: tuple[Weight, ...] = ()
    windows: tuple[Window, ...] = ()
    tilings: tuple[Tiling, ...] = ()
    weights: int | None = None
    biases: int | None = None
    buffers: int | None = None
    macs: int | None = None
    live: Live | None = None
    """Which of its positions are no padding."""
    kept: int | None = None
    """Bytes of a batch that it keeps for the backward pass, and no row before it."""
    in_place: bool = False
    """Writes over its input or is a view of it, and takes no memory of its own."""

    field: ReceptiveField | None = None
    shared_arrays: tuple[Weight, ...] = ()
    """The weights of another layer that it uses."""
    like: int | None = None
    """The first row with an equal layer on equal volumes, itself perhaps: all that is derived of a row from these is
    the same. None where this is not known."""

    @property
    def volumes(self) -> tuple[Volume, ...]:
        """The inputs, but for those that are unknown."""
        return tuple([volume for volume in self.inputs if volume is not None])

    @property
    def arriving(self) -> Volume | None:
        """The first input; None where it is unknown, or there is none."""
        return self.inputs[0] if self.inputs else None

    @property
    def used_arrays(self) -> tuple[Weight, ...]:
        """The weights that it uses, its own or those of another layer."""
        return self.weight_arrays or self.shared_arrays

    @property
    def kernels(self) -> list[Weight]:
        """Those of them that are multiplied."""
        return [weight for weight in self.used_arrays if weight.role == "kernel"]

    @property
    def is_claimed(self) -> bool:
        """Whether the text claims this very volume: where it is rounded, its author knows."""
        return self.output is not None and self.output.sizes in self.node.claimed

    @property
    def name(self) -> str:
        """What diagnostics and JSON call the layer: its name in the text, or its kind and a running number."""
        return self.node.name

    @property
    def kind(self) -> str:
        """The canonical name of the layer type, such as CONV."""
        return self.node.kind

    @property
    def text(self) -> str:
        """The layer with its arguments, as a diagram writes it."""
        return self.node.text

    @property
    def frozen(self) -> bool:
        """Whether its weights are not trained."""
        return self.node.frozen

    @property
    def overwrites(self) -> bool:
        """In place, and in PyTorch, too."""
        return self.in_place and (self.node.layer.view or self.node.layer.in_place_form)

    @property
    def params(self) -> int | None:
        """Weights and biases."""
        return None if self.weights is None or self.biases is None else self.weights + self.biases

    @property
    def trainable(self) -> int | None:
        """Weights and biases that are trained."""
        return 0 if self.frozen else self.params

    @property
    def activations(self) -> int | None:
        """Values of the output."""
        return self.output.size if self.output else None

    @property
    def allocated(self) -> int | None:
        """Values that the output takes in memory: none for layers that work in place."""
        return 0 if self.in_place and self.output else self.activations

    @property
    def tiling(self) -> TilingClass | None:
        """The worst class of the axes; None for a layer that slides nothing."""
        return max((t.kind for t in self.tilings), key=GRADES.index) if self.tilings else None


def unread(rows: Sequence[Row]) -> list[Row]:
    """The rows that no row reads: the outputs of the network."""
    read = bytearray(len(rows))  # a set of as many numbers takes thirty times the memory
    for row in rows:
        for source in row.node.inputs:
            read[source] = 1
    return [row for row in rows if not read[row.node.index]]


def unknown_volume(rows: Sequence[Row]) -> str:
    """Of which layer the volume is unknown, and of how many more; empty where every volume is known."""
    unknown = [row.name for row in rows if row.output is None]
    more = f" and of {len(unknown) - 1:,} more" if len(unknown) > 1 else ""
    return f"the volume of {unknown[0]}{more} is unknown" if unknown else ""


class Memory(Record):
    """Bytes; None is unknown."""

    parameters: int | None
    forward: int | None
    """Every output that the lecture's listings count: those of layers in place take none."""
    inference_peak: int | None
    step: StepMemory | None = None
    """What a training step takes."""
    checkpointed: CheckpointedStep | None = None
    """The same with checkpoints, where they are asked for."""

    @property
    def training(self) -> int | None:
        """The peak of a training step."""
        return self.step.peak if self.step else None

    @property
    def kept(self) -> int | None:
        """What the forward pass keeps for the backward pass."""
        return self.step.kept if self.step else None


class Totals(Record):
    """Sums over the rows; None where a row is unknown."""

    layers: int
    weights: int | None
    biases: int | None
    buffers: int | None
    macs: int | None
    activations: int | None
    """Values that are really allocated, INPUT included."""
    memory: Memory
    unknown: int = 0
    """Rows whose volume is unknown."""
    frozen: int = 0
    """Weights and biases that are not trained."""

    @property
    def params(self) -> int | None:
        """Weights and biases."""
        return None if self.weights is None or self.biases is None else self.weights + self.biases

    @property
    def trainable(self) -> int | None:
        """Weights and biases that are trained."""
        return None if self.params is None else self.params - self.frozen

    @property
    def flops(self) -> int | None:
        """Two for every multiply-accumulate."""
        return None if self.macs is None else 2 * self.macs


class Conventions(Record):
    """Under which assumptions figures are given."""

    batch: int = 1
    dtype: str = "float32"
    optimizer: str = "momentum"
    device: Device = "cpu"
    foreach: bool | None = None
    """Whether the optimizer updates all arrays at once; None is PyTorch's default, on CUDA alone."""
    weight_decay: bool = False
    checkpoint: int | None = None
    """Layers between two checkpoints, 0 for the square root of their number; None asks for none."""
    amp: bool = False
    """Mixed precision: weights as they are with a half copy, volumes of 2 bytes a value but in a few layers."""

    @property
    def bytes(self) -> int:
        """Bytes of one value."""
        return DTYPES[self.dtype]

    @property
    def all_at_once(self) -> bool:
        """Whether the optimizer updates all arrays at once."""
        return self.device == "cuda" if self.foreach is None else self.foreach


UNREADABLE = ("SHP010", "SHP011")
"""Codes of a file that cannot be read at all."""


class CheckedNetwork(Record):
    """A network with the rows of its layers, its totals and all that is wrong with it, as plain values."""

    source: Source
    name: str
    rows: tuple[Row, ...]
    totals: Totals | None
    diagnostics: tuple[Diagnostic, ...]
    graph: Graph | None = None
    conventions: Conventions = Conventions()

    @property
    def severities(self) -> list[Severity]:
        """How severe each of its diagnostics is."""
        return [diagnostic.severity for diagnostic in self.diagnostics]

    @property
    def ok(self) -> bool:
        """Whether no error was found."""
        return all(d.severity != "error" for d in self.diagnostics)

    @property
    def text_errors(self) -> tuple[Diagnostic, ...]:
        """Errors for which another network may be meant; those of shapes and claims say nothing against it."""
        found = self.graph.diagnostics if self.graph else self.diagnostics
        return tuple(d for d in found if d.severity == "error")

    @property
    def readable(self) -> bool:
        """Whether there was a text to check at all."""
        return all(d.code not in UNREADABLE for d in self.diagnostics)


Report = CheckedNetwork
