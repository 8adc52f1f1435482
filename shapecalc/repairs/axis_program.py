"""A network along one axis: its layers as they work there, in runs with one way in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapecalc.core.layer import POINTWISE, Layer, Volume
from shapecalc.core.record import NamedTuple
from shapecalc.core.window import Window
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.live_positions import Live, everything_of
from shapecalc.passes.report import Row


class Place(NamedTuple):
    """A volume along one axis, and which of its positions are no padding."""

    volume: Volume
    live: Live


class AxisStep:
    """A node as it works along the axis."""

    __slots__ = ("_along", "_layer", "index", "joins", "node", "slide", "sources", "tried")

    def __init__(self, node: Node, sources: tuple[int, ...], along: _Along) -> None:
        self.node, self.index, self.sources = node, node.index, sources
        """`sources` are the nodes that it reads: of a chain of layers that keep what they read, the first."""
        self.slide: PlainSlide | None = None
        """Where windows make of every size what they do of this one."""
        self.joins = False
        """Whether branches of one length give that length."""
        self.tried = False
        self._along = along
        self._layer: Layer | None = None

    @property
    def layer(self) -> Layer:
        """The layer as it works along the axis."""
        if self._layer is None:
            self._layer = self._along(self.node)
        return self._layer

    @property
    def keeps_length(self) -> bool:
        """Whether what is as long as all that it reads comes out, whichever length that is, without an error."""
        return self.joins or (self.slide is not None and self.slide.keeps_length)

    def learn(
        self, layer: Layer, windows: Sequence[Window], output: Volume, volumes: Sequence[Volume], axis: int
    ) -> None:
        """Takes in what the layer, or the one that it is along an axis, makes of some volumes."""
        self.tried = True
        lengths = {volume.spatial[axis] for volume in (output, *volumes)}
        if len(volumes) > 1:
            self.joins = (
                layer.merges and not layer.is_global and len(lengths) == 1 and _reads_in_place(layer, output, volumes)
            )
        elif windows and (window := windows[axis]).outputs(volumes[0].spatial[axis]) == output.spatial[axis]:
            self.slide = plain_slide(layer, window)


def _reads_in_place(layer: Layer, output: Volume, volumes: Sequence[Volume]) -> bool:
    """Whether every output of a join reads all branches at its own place."""
    accesses = layer.branch_accesses(output, *volumes)
    return all(access is not None and all(a is POINTWISE for a in access) for access in accesses)


class PlainSlide(NamedTuple):
    """A window without gaps: on n positions it gives (n − margin)/stride + 1, rounded down, both at least `least`."""

    margin: int
    stride: int
    least: int
    spare: int | None
    """How many positions may be left over that are padding; None where what is left over must be looked at."""

    @property
    def keeps_length(self) -> bool:
        """Whether there is a window for every position: a border of (F − 1)/2 on either side."""
        return self.margin == self.stride == self.least

    def outputs(self, size: int) -> tuple[int, int] | None:
        """How many windows there are, and how many pixels are left over; negative for padding. None for too few.

        >>> PlainSlide(2, 2, 1, 0).outputs(13), PlainSlide(2, 2, 1, 0).outputs(14)
        ((6, 1), (7, 0))
        """
        moves, over = divmod(size - self.margin, self.stride)
        if moves + 1 < self.least or size < self.least:
            return None
        if not over:
            return moves + 1, 0
        return None if self.spare is None else (moves + 1, over - self.spare if over > self.spare else -over)


def plain_slide(layer: Layer, window: Window) -> PlainSlide | None:
    """How a window that a layer slides works on all sizes; None where its padding follows the size, or gaps are left.

    Each window reads some pixel: there is less padding than it is wide.

    >>> from shapecalc.layers.pool import Pool
    >>> plain_slide(Pool(), Window(2, 2))
    PlainSlide(margin=2, stride=2, least=1, spare=0)
    """
    written, stride = layer.written_window, window.stride
    if written is None or (written.padding.name in FOLLOWS_THE_SIZE and stride > 1):
        return None
    gaps = window.extent < stride or (window.dilation > 1 and stride > 1)
    if gaps or max(window.before, window.after) >= window.effective:
        return None
    margin = window.effective - window.before - window.after
    return PlainSlide(margin, stride, window.dilation, window.after if window.rounding == "floor" else None)


FOLLOWS_THE_SIZE = ("same", "same_lower")
"""Names of paddings that are another number for another size, unless the stride is 1."""


class AxisProgram:
    """What is the same in all walks along an axis, counted from the width: the layers, in runs with one way in.

    Between two runs nothing is read but the last volume of the first. What a run makes of a volume is so the same
    in all blocks that are repeated, and what the rest of the network does is the same for many sizes.
    """

    def __init__(
        self,
        graph: Graph,
        axis: int,
        rows: Sequence[Row] = (),
        shared: dict[tuple[object, ...], Layer] | None = None,
    ) -> None:
        first = first_input(graph)
        rank, self.graph = len(first.spatial), graph
        self.varied = {n.index for n in graph.nodes if not n.inputs and _starts_with(n, first)}
        """Every INPUT as long as the first is varied with it."""
        others = {n.index: n.layer.output() for n in graph.nodes if not n.inputs and n.layer.understood}
        along = {
            index: Volume((whole.spatial[axis],), whole.depth, whole.flat)
            for index, whole in others.items()
            if index not in self.varied and axis < len(whole.spatial)
        }
        self.starts = {index: Place(volume, Live(everything_of(volume))) for index, volume in along.items()}
        self.depths = {i: graph.nodes[i].layer.output().depth for i in self.varied}
        """The depth of every node that is not flat, as far as it is known: no size of the INPUT changes it."""
        self.same_as: list[int] = []
        """For every node the first one before it whose volume it keeps."""
        steps = list(self._steps(_Along(axis, rank, {} if shared is None else shared)))
        self.runs = self._runs(steps)
        self.run_of = {step.index: k for k, run in enumerate(self.runs) for step in run}
        for step in steps if rows else ():
            self._learn(step, rows[step.index], axis, rank)
        self.chain: list[tuple[int, AxisStep | None]] = [
            (k, run[0] if len(run) == 1 else None)
            for k, run in enumerate(self.runs)
            if not all(step.keeps_length for step in run)
        ]
        """The runs that make another length of some, with the step of those that are one layer."""

    def _steps(self, along: _Along) -> Iterator[AxisStep]:
        """The nodes that make another volume of what they read."""
        for node in self.graph.nodes:
            sources = tuple([self.same_as[i] for i in node.inputs])
            keeps = node.layer.is_pointwise and len(sources) == 1
            self.same_as.append(sources[0] if keeps else node.index)
            if not keeps:
                yield AxisStep(node, sources, along)

    def _learn(self, step: AxisStep, row: Row, axis: int, rank: int) -> None:
        """Takes in a row of the network as it is."""
        output, volumes = row.output, row.volumes
        if output is None or any(v.flat or len(v.spatial) != rank for v in (output, *volumes)):
            return
        self.depths.setdefault(step.index, output.depth)
        if volumes:
            step.learn(step.node.layer, row.windows, output, volumes, axis)

    def _runs(self, steps: list[AxisStep]) -> list[list[AxisStep]]:
        """The steps, cut where all that comes after reads nothing from before the cut."""
        lowest = [len(self.same_as)] * (len(steps) + 1)
        """The first node that the steps from here on read."""
        for k in range(len(steps) - 1, -1, -1):
            step = steps[k]
            here = min(step.sources) if step.sources else -1 if step.node.index in self.varied else len(self.same_as)
            lowest[k] = min(lowest[k + 1], here)
        runs: list[list[AxisStep]] = [[]]
        for k, step in enumerate(steps):
            runs[-1].append(step)
            if k + 1 < len(steps) and lowest[k + 1] >= step.node.index:
                runs.append([])
        return runs


def axis_programs(graph: Graph, rank: int, rows: Sequence[Row] = ()) -> list[AxisProgram]:
    """One program an axis, the same one for axes along which all layers do the same.

    `rows` are those of the network as it is, if they are known: programs learn from them.
    """
    shared: dict[tuple[object, ...], Layer] = {}
    alike: dict[object, AxisProgram] = {}
    signatures = [_signature(graph, axis, rank) for axis in range(rank)]
    for axis, signature in enumerate(signatures):
        if signature not in alike:
            alike[signature] = AxisProgram(graph, axis, rows, shared)
    return [alike[signature] for signature in signatures]


def _signature(graph: Graph, axis: int, rank: int) -> object:
    """Equal for two axes of a network along which all layers do the same."""
    first = first_input(graph)
    layers = {id(node.layer): node.layer for node in graph.nodes}
    starts_otherwise = (n for n in graph.nodes if not n.inputs and n.layer.understood and not _starts_with(n, first))
    others = [n.layer.output() for n in starts_otherwise]
    starts = tuple(v.spatial[axis] if axis < len(v.spatial) else None for v in others)
    along = ((layer, layer.along(axis, rank)) for layer in layers.values())
    return starts, tuple(repr(alone) for layer, alone in along if alone is not layer)


class _Along:
    """The layer of a node along an axis, one for all that are alike and claim alike."""

    def __init__(self, axis: int, rank: int, shared: dict[tuple[object, ...], Layer]) -> None:
        self.axis, self.rank, self.shared = axis, rank, shared
        self.known: dict[tuple[int, object], Layer] = {}

    def __call__(self, node: Node) -> Layer:
        key = id(node.layer), node.claimed
        if key not in self.known:
            layer = node.layer.along(self.axis, self.rank)
            self.known[key] = self.shared.setdefault((repr(layer), node.claimed), layer)
        return self.known[key]


def first_input(graph: Graph) -> Volume:
    """The volume of the first INPUT. Raises ValueError where there is none."""
    found = known_input(graph)
    if found is None:
        raise ValueError("there is no INPUT whose size is known")
    return found


def known_input(graph: Graph) -> Volume | None:
    """The volume of the first INPUT; None where no size of one is known, as in many a damaged file."""
    return next((node.layer.output() for node in graph.nodes if not node.inputs and node.layer.understood), None)


def _starts_with(node: Node, first: Volume) -> bool:
    return node.layer.understood and node.layer.output().spatial == first.spatial
