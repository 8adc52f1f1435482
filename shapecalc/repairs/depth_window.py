"""Windows over the depth that leave channels unread: another extent or stride."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from shapecalc.core.layer import Layer
from shapecalc.core.window import tiling
from shapecalc.repairs import other_arguments
from shapecalc.repairs.candidate import Candidate, RepairTarget

MOST_OF_A_KIND = 2
"""Values of one argument, the nearest to what is written."""
FARTHEST = 1000
"""How far from what is written values are tried."""
FIELDS = ("extent", "stride")
"""Arguments of a window over the depth, with the smaller change first."""


def reads_all(layer: Layer, depth: int, kinds: tuple[str, ...] = ("exact",)) -> bool:
    """Whether the windows over the depth of a layer tile it so."""
    window = layer.depth_window
    fits = window is not None and depth >= window.effective
    return window is None or (fits and tiling(depth, window).kind in kinds)


def candidates(target: RepairTarget) -> Iterator[Candidate]:
    """Other windows that read every channel."""
    graph, row, layer, volume = target.graph, target.row, target.layer, target.volume
    for order, field in enumerate(FIELDS, start=5):
        for value in islice(_near(layer, field, volume.depth), MOST_OF_A_KIND):
            changed = {field: value}
            if field == "extent" and "S" in row.node.assumed:
                changed["stride"] = value
            yield other_arguments.candidate(graph, row, changed, order)


def _near(layer: Layer, field: str, depth: int) -> Iterator[int]:
    """Values of an argument with which no channel is left over, the nearest first."""
    now = layer.arguments[field]
    around = (n for apart in range(1, FARTHEST) for n in (now - apart, now + apart))
    for value in (n for n in around if 1 <= n <= depth):
        stride = {"stride": value} if field == "extent" and layer.arguments["stride"] == now else {}
        if reads_all(layer.changed(**{field: value}, **stride), depth):
            yield value
