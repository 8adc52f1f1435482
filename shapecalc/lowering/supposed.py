"""What is known after an unknown volume: what a layer makes of either of two volumes that it may be."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.parameters import Sizes
from shapecalc.core.window import ShapeError
from shapecalc.layers.opaque import Opaque
from shapecalc.passes.graph import Node
from shapecalc.passes.live_positions import Live, everything_of
from shapecalc.passes.shapes import Facts, facts

Pair = tuple[Volume, Volume]
SIDES = ((1009, 1013, 1019), (2003, 2011, 2017))
"""Axes of the two: primes, which no stride or factor of a network makes equal."""
DEPTHS = (2**10 * 3**2 * 5 * 7, 2**11 * 3**2 * 5 * 7)
"""What nearly all groups divide."""


class Supposed(dict[int, Pair]):
    """For nodes of unknown volume two that they may have."""

    def __init__(self, nodes: list[Node], volumes: list[Volume | None]) -> None:
        self.nodes, self.volumes = nodes, volumes
        self.after_open: set[int] = set()
        """Nodes after an input whose size is open: it is asked for, and no volume is stated in its place."""

    def begin_open(self, index: int, sizes: Sequence[int | None]) -> None:
        """Of an input some sizes are open."""
        one, other = (
            Volume(tuple(n or open_ for n, open_ in zip(sizes[:-1], sides, strict=False)), sizes[-1] or deep)
            for sides, deep in zip(SIDES, DEPTHS, strict=True)
        )
        self[index], self.nodes[index].owns = (one, other), (0, 0, 0)
        self.after_open.add(index)

    def begin(self, index: int, axes: int, depth: int | None = None) -> None:
        """Of a node nothing is known but how many axes of positions it has, and perhaps its depth."""
        one, other = (
            Volume(sides[:axes] or (1, 1), depth or deep, flat=not axes)
            for sides, deep in zip(SIDES, DEPTHS, strict=True)
        )
        self._take(index, one, other)

    def _take(self, index: int, one: Volume, other: Volume) -> None:
        self[index] = one, other
        if self.after_open.intersection(self.nodes[index].inputs):
            self.after_open.add(index)

    def follow(self, index: int) -> None:
        """What is the same for both volumes is known: how many weights it has, or its own volume."""
        node = self.nodes[index]
        pairs = [self.get(i) if (v := self.volumes[i]) is None else (v, v) for i in node.inputs]
        known = [pair for pair in pairs if pair is not None]
        if not node.layer.understood or len(known) < len(pairs):
            return
        try:
            one, other = (_facts(node.layer, volumes) for volumes in zip(*known, strict=True))
        except ShapeError:
            return
        self._take(index, one.output, other.output)
        if _counts(one) == _counts(other):
            node.owns = (0, 0, 0) if node.shares is not None else _counts(one)
            if one.output == other.output and one.macs == other.macs and index not in self.after_open:
                self.state(index, one.output, one.macs)

    def deepen(self, index: int) -> int | None:
        """The depth of what a node reads, where that follows from how many values it has."""
        node = self.nodes[index]
        pair = self.get(node.inputs[0]) if len(node.inputs) == 1 else None
        if not node.layer.understood or node.owns is None or pair is None or pair[0].depth == pair[1].depth:
            return None
        try:
            few, many = (sum(_counts(_facts(node.layer, [pair[0]._replace(depth=n)]))) for n in DEPTHS)
            depth = DEPTHS[0] + (sum(node.owns) - few) * (DEPTHS[1] - DEPTHS[0]) // (many - few) if many > few else 0
            found = [volume._replace(depth=depth) for volume in pair if depth > 0]
            if not found or any(sum(_counts(_facts(node.layer, [volume]))) != sum(node.owns) for volume in found):
                return None
        except ShapeError:
            return None
        (source,) = node.inputs
        self[source] = found[0], found[1]
        if found[0] == found[1]:
            self.state(source, found[0])
        self.follow(index)
        return depth

    def state(self, index: int, volume: Volume, macs: int = 0) -> None:
        """The volume of a node: its layer is opaque, as what it reads is unknown."""
        node = self.nodes[index]
        weights, biases, buffers = node.owns or (0, 0, 0)
        node.layer = Opaque(
            size=Sizes(volume.sizes), flat=volume.flat, params=weights + biases, buffers=buffers, macs=macs
        )
        node.text, self.volumes[index] = f"{node.kind} (opaque)", volume


def _facts(layer: Layer, volumes: Sequence[Volume]) -> Facts:
    return facts(layer, tuple(volumes), tuple(Live(everything_of(volume)) for volume in volumes))


def _counts(found: Facts) -> tuple[int, int, int]:
    return found.weights, found.biases, found.buffers
