"""A network along one axis: its layers as they work there, in runs with one way in."""

from __future__ import annotations

from typing import NamedTuple

from shapecalc.core.layer import Layer, Volume
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.live_positions import Live, everything_of


class Place(NamedTuple):
    """A volume along one axis, and which of its positions are no padding."""

    volume: Volume
    live: Live


class AxisStep(NamedTuple):
    """A layer as it works along the axis; None where it is not understood."""

    node: Node
    layer: Layer | None
    sources: tuple[int, ...]
    """The nodes that it reads: of a chain of layers that keep what they read, the first."""


class AxisProgram:
    """What is the same in all walks along an axis, counted from the width: the layers, in runs with one way in.

    Between two runs nothing is read but the last volume of the first. What a run makes of a volume is so the same
    in all blocks that are repeated, and what the rest of the network does is the same for many sizes.
    """

    def __init__(self, graph: Graph, axis: int, shared: dict[tuple[object, ...], Layer] | None = None) -> None:
        first = first_input(graph)
        rank = len(first.spatial)
        self.graph = graph
        self.varied = {n.index for n in graph.nodes if not n.inputs and _starts_with(n, first)}
        """Every INPUT as long as the first is varied with it."""
        self.starts = {
            n.index: Place(v, Live(everything_of(v)))
            for n in graph.nodes
            if not n.inputs and n.index not in self.varied and n.layer is not None
            for whole in (n.layer.output(),)
            if axis < len(whole.spatial)
            for v in (Volume((whole.spatial[axis],), whole.depth, whole.flat),)
        }
        self.depths = {i: layer.output().depth for i in self.varied if (layer := graph.nodes[i].layer)}
        self.same_as: list[int] = []
        """For every node the first one before it whose volume it keeps."""
        along = _Along(axis, rank, {} if shared is None else shared)
        steps: list[AxisStep] = []
        for node in graph.nodes:
            sources = tuple([self.same_as[i] for i in node.inputs])
            keeps = node.layer is not None and node.layer.is_pointwise and len(sources) == 1
            self.same_as.append(sources[0] if keeps else node.index)
            if not keeps:
                steps.append(AxisStep(node, along(node), sources))
        self.runs = self._runs(steps)
        self.run_of = {step.node.index: k for k, run in enumerate(self.runs) for step in run}

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

    @property
    def signature(self) -> tuple[object, ...]:
        """Equal for two axes of a network along which all layers do the same."""
        return (*(id(step.layer) for run in self.runs for step in run), *self.starts.values())


def axis_programs(graph: Graph, rank: int) -> list[AxisProgram]:
    """One program an axis, the same one for axes along which all layers do the same."""
    shared: dict[tuple[object, ...], Layer] = {}
    alike: dict[tuple[object, ...], AxisProgram] = {}
    programs = [AxisProgram(graph, axis, shared) for axis in range(rank)]
    return [alike.setdefault(program.signature, program) for program in programs]


class _Along:
    """The layer of a node along an axis, one for all that are alike and claim alike."""

    def __init__(self, axis: int, rank: int, shared: dict[tuple[object, ...], Layer]) -> None:
        self.axis, self.rank, self.shared = axis, rank, shared
        self.known: dict[tuple[int, object], Layer] = {}

    def __call__(self, node: Node) -> Layer | None:
        if node.layer is None:
            return None
        key = id(node.layer), node.claimed
        if key not in self.known:
            layer = node.layer.along(self.axis, self.rank)
            self.known[key] = self.shared.setdefault((repr(layer), node.claimed), layer)
        return self.known[key]


def first_input(graph: Graph) -> Volume:
    """The volume of the first INPUT. Raises ValueError where there is none."""
    for node in graph.nodes:
        if not node.inputs and node.layer is not None:
            return node.layer.output()
    raise ValueError("there is no INPUT whose size is known")


def _starts_with(node: Node, first: Volume) -> bool:
    return node.layer is not None and node.layer.output().spatial == first.spatial
