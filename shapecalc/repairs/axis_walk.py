"""Walks a network along one axis alone: which sizes of its INPUT give no error there, without a row being made.

Windows slide along every axis by themselves, so whether a size works along the width does not depend on the height.
The exceptions are layers that give the values another shape (RESHAPE); a network that has one between its INPUT and
its first fully connected layer cannot be walked so, see `separable`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from math import inf

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.window import ShapeError, tiling
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.live_positions import Live, everything_of, live_positions
from shapecalc.passes.report import Row

Accepts = Callable[[Row], bool]
"""Whether how the windows of a row tile their input is no error."""


@dataclass
class SizeBudget:
    """How many more layers may be looked at while sizes are searched; where it is used up, no size works."""

    left: float = inf


Place = tuple[Volume, Live]
"""A volume along one axis, and which of its positions are no padding."""


class AxisWalk:
    """A network along one axis. `axis` counts from the width; every INPUT as long as the first is varied with it.

    Layers of `allowed` may have an error: what depends on one that has no volume for it is left alone.
    """

    def __init__(
        self, graph: Graph, axis: int, accepts: Accepts, allowed: Collection[int] = (), budget: SizeBudget | None = None
    ) -> None:
        self.budget = budget or SizeBudget()
        self.tried: dict[int, bool] = {}
        self.graph, self.axis, self.accepts, self.allowed = graph, axis, accepts, allowed
        first = first_input(graph)
        rank = len(first.spatial)
        self.varied = {n.index for n in graph.nodes if not n.inputs and _starts_with(n, first)}
        self.steps: list[tuple[Node, Layer | None]] = []
        shared: dict[str, Layer] = {}
        by_id: dict[int, Layer] = {}
        for node in graph.nodes:
            if node.layer is None:
                self.steps.append((node, None))
                continue
            if id(node.layer) not in by_id:
                layer = node.layer.along(axis, rank)
                by_id[id(node.layer)] = shared.setdefault(repr(layer), layer)
            self.steps.append((node, by_id[id(node.layer)]))
        self.constant = {
            n.index: Volume((v.spatial[axis],), v.depth, v.flat)
            for n in graph.nodes
            if not n.inputs and n.index not in self.varied and n.layer is not None
            for v in (n.layer.output(),)
            if axis < len(v.spatial)
        }
        self.depths = {n.index: n.layer.output().depth for n in graph.nodes if not n.inputs and n.layer is not None}
        self.known: dict[tuple[int, tuple[Place, ...]], tuple[Place | None, bool]] = {}

    def volumes(self, size: int) -> list[Volume | None] | None:
        """The volumes of all layers along the axis for an INPUT of `size`; None where a layer has an error."""
        found: list[Place | None] = []
        known = self.known
        for node, layer in self.steps:
            if not node.inputs:
                start = self.constant.get(node.index)
                if start is None and node.index in self.varied and node.index in self.depths:
                    start = Volume((size,), self.depths[node.index])
                # an INPUT of unknown size, or with other axes than those that are tried
                found.append((start, Live(everything_of(start))) if start is not None else None)
                continue
            inputs = tuple([place for i in node.inputs if (place := found[i])])
            if layer is None or len(inputs) < len(node.inputs):
                found.append(None)
                continue
            key = (id(layer), inputs)
            if key not in known:
                known[key] = self._output(node, layer, inputs)
            output, sound = known[key]
            if not sound and node.index not in self.allowed:
                self.budget.left -= len(found)
                return None
            found.append(output)
        self.budget.left -= len(found)
        return [place and place[0] for place in found]

    def _output(self, node: Node, layer: Layer, inputs: tuple[Place, ...]) -> tuple[Place | None, bool]:
        """What comes out, if anything does, and whether that is without an error."""
        volumes, lives = tuple(v for v, _ in inputs), tuple(live for _, live in inputs)
        try:
            output = layer.output(*volumes)
            windows = layer.windows(volumes[0])
            tilings = tuple(map(tiling, volumes[0].spatial, windows, lives[0].ends)) if windows else ()
        except ShapeError:
            return None, False
        place = (output, live_positions(layer, output, volumes, lives))
        if any(window.hangs_over(n) for window, n in zip(windows, volumes[0].spatial, strict=False)):
            return place, False
        return place, not tilings or self.accepts(Row(node, volumes, output, (), windows, tilings))

    def works(self, size: int) -> bool:
        """Whether an INPUT of the size gives no error."""
        if size not in self.tried:
            if self.budget.left <= 0:
                return False
            self.tried[size] = self.volumes(size) is not None
        return self.tried[size]

    def working(self, sizes: Iterable[int]) -> list[int]:
        """Those of the sizes that give no error."""
        return [size for size in sizes if self.works(size)]


def first_input(graph: Graph) -> Volume:
    """The volume of the first INPUT. Raises ValueError where there is none."""
    for node in graph.nodes:
        if not node.inputs and node.layer is not None:
            return node.layer.output()
    raise ValueError("there is no INPUT whose size is known")


def _starts_with(node: Node, first: Volume) -> bool:
    return node.layer is not None and node.layer.output().spatial == first.spatial


def separable(graph: Graph, rows: Sequence[Row]) -> bool:
    """Whether the axes can be walked one by one: no layer reshapes what still depends on the size of the INPUT."""
    depends: list[bool] = []
    for row in rows:
        layer = row.node.layer
        if layer is None:
            return False
        rearranges = layer.view and layer.is_global
        before = not row.node.inputs or any(depends[i] for i in row.node.inputs)
        if rearranges and before and (row.output is None or not row.output.flat):
            return False
        depends.append(before and (rearranges or not layer.is_global))
    return True
