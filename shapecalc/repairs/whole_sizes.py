"""Tries whole sizes of the INPUT, layer by layer: for networks in which a width works only beside some heights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from shapecalc.core.parameters import Sizes
from shapecalc.passes.graph import Graph
from shapecalc.passes.live_positions import Live, everything_of
from shapecalc.passes.report import Row
from shapecalc.repairs.axis_program import Place, first_input
from shapecalc.repairs.axis_walk import Accepts, place_of

MOST_STEPS, STEPS_OF_AN_INPUT, STEPS_OF_A_LAYER = 1_000_000, 8, 16
"""Layers that are looked at while whole sizes are tried, about a second; one that is asked for the first time, and an
INPUT of another size, take longer."""


class TooManySizes(ValueError):
    """More whole sizes than are tried."""


class WholeNetwork:
    """A network that is tried with whole sizes of its INPUT, layer by layer up to the first error."""

    def __init__(self, graph: Graph, accepts: Accepts) -> None:
        self.graph, self.accepts = graph, accepts
        self.first = first_input(graph).spatial
        self.known: dict[tuple[int, tuple[Place, ...]], Place | None] = {}
        self.left = MOST_STEPS
        self.tries = 0

    def works(self, spatial: Sequence[int]) -> bool:
        """Whether an INPUT of this size gives no error. Raises TooManySizes."""
        if self.left <= 0:
            side = int(self.tries ** (1 / len(spatial)))
            raise TooManySizes(
                "the axes hang together, so that whole sizes are tried, and these are too many: "
                f"ask for fewer with --up-to {side}"
            )
        self.tries += 1
        known = len(self.known)
        works, looked_at = self._walked(spatial)
        self.left -= looked_at + STEPS_OF_AN_INPUT + (len(self.known) - known) * STEPS_OF_A_LAYER
        return works

    def _walked(self, spatial: Sequence[int]) -> tuple[bool, int]:
        """Whether it gives no error, and how many layers were looked at."""
        found: list[Place] = []
        for node in self.graph.nodes:
            layer = node.layer
            if not layer.understood:
                return False, len(found)
            if not node.inputs:
                volume = layer.output()
                if volume.spatial == self.first:
                    volume = layer.changed(size=Sizes((*spatial, volume.depth))).output()
                found.append(Place(volume, Live(everything_of(volume))))
                continue
            inputs = tuple([found[i] for i in node.inputs])
            key = id(layer), inputs
            if key not in self.known:
                row = Row(node, tuple(p.volume for p in inputs))
                place, sound = place_of(row, layer, [p.live for p in inputs], self.accepts)
                self.known[key] = place if sound else None
            place = self.known[key]
            if place is None:
                return False, len(found)
            found.append(place)
        return True, len(found)


def first_that_works(whole: WholeNetwork, sizes: Sequence[Sequence[int]]) -> tuple[int, ...] | None:
    """The whole size that works and is first in the orders of all axes together, if one does."""
    most = sum(len(axis) - 1 for axis in sizes)
    places = chain.from_iterable(_adding_up([len(axis) for axis in sizes], total) for total in range(most + 1))
    wholes = (tuple(axis[i] for axis, i in zip(sizes, at, strict=True)) for at in places)
    return next((spatial for spatial in wholes if whole.works(spatial)), None)


def _adding_up(counts: Sequence[int], total: int) -> Iterator[tuple[int, ...]]:
    """Numbers below some counts that add up to a total.

    >>> list(_adding_up([2, 3], 2))
    [(0, 2), (1, 1)]
    """
    if not counts:
        yield from [()] if total == 0 else []
        return
    for i in range(max(0, total - sum(counts[1:]) + len(counts) - 1), min(counts[0] - 1, total) + 1):
        yield from ((i, *others) for others in _adding_up(counts[1:], total - i))
