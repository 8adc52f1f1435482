"""The depth that a layer takes: groups that divide it, filters before it, and windows over it that read all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from math import gcd

from shapecalc.core.exact import divisors
from shapecalc.core.layer import Layer
from shapecalc.core.window import tiling
from shapecalc.passes.graph import Graph
from shapecalc.passes.report import Row
from shapecalc.repairs import other_arguments
from shapecalc.repairs.candidate import Candidate, RepairTarget

MOST_OF_A_KIND = 2
"""Values of one argument, the nearest to what is written."""
FARTHEST = 64
"""Filters that a layer before may have more."""
MOST_AWAY = 1 << 16
"""Depths that are tried below: a depth of a file may have nine digits."""


def candidates(target: RepairTarget) -> Iterator[Candidate]:
    """The nearest numbers of groups that divide all that they must; then filters that the present groups divide.

    Where there are no groups, first what the layer itself says would divide, as heads of attention.
    """
    graph, row, layer, volume = target.graph, target.row, target.layer, target.volume
    if "groups" not in layer.arguments:
        for values in islice(layer.arguments_for(*target.volumes), MOST_OF_A_KIND):
            yield other_arguments.candidate(graph, row, values, 1)
        yield from _filters_before(target)
        return
    groups, filters = layer.arguments["groups"], layer.arguments.get("filters", volume.depth)
    for n in sorted(divisors(gcd(volume.depth, filters)), key=lambda n: (abs(n - groups), n))[:2]:
        advice = f"groups={n} divides {volume.depth}" + (f" and {filters}" if filters != volume.depth else "")
        yield other_arguments.candidate(graph, row, {"groups": n}, 1, advice)
    if "filters" in layer.arguments and volume.depth % groups == 0:
        for n in sorted({filters - filters % groups, filters - filters % groups + groups} - {0}):
            yield other_arguments.candidate(
                graph, row, {"filters": n}, 2, f"K={n} is a multiple of the {groups} groups"
            )
    yield from _filters_before(target)


def for_values(target: RepairTarget, values: int) -> Iterator[Candidate]:
    """The filters of the layer that sets the depth, with which a flat layer gives or reads so many values."""
    before = _sets_depth(target.graph, target.rows, target.before.node.index)
    if before is None:
        return
    positions, left = divmod(target.volume.size, before.node.layer.arguments["filters"])
    if positions and not left and values % positions == 0:
        depth = values // positions
        advice = f"K={depth} in {before.node.name} gives {depth}·{positions} = {values:,} values"
        yield other_arguments.candidate(target.graph, before, {"filters": depth}, 2, advice)


def _sets_depth(graph: Graph, rows: Sequence[Row], index: int) -> Row | None:
    """The layer with filters whose depth a node has, up to flattening; None where a join is between."""
    while True:
        node, output = graph.nodes[index], rows[index].output
        if output is None:
            return None
        if "filters" in node.layer.arguments:
            return rows[index] if output.depth == node.layer.arguments["filters"] else None
        if len(node.inputs) != 1 or (source := rows[node.inputs[0]].output) is None:
            return None
        if source.depth != output.depth and (not output.flat or source.size != output.size):
            return None
        index = node.inputs[0]


def _filters_before(target: RepairTarget) -> Iterator[Candidate]:
    """The nearest depths that the layer takes, by the filters of the layer that sets its depth now."""
    before = _sets_depth(target.graph, target.rows, target.before.node.index)
    if before is None or len(target.volumes) > 1:
        return
    volume = target.volume
    found = (depth for depth in _near(volume.depth) if target.layer.output_if_any(volume._replace(depth=depth)))
    for depth in islice(found, MOST_OF_A_KIND):
        advice = f"K={depth} in {before.node.name} gives a depth that {target.row.node.kind} divides"
        yield other_arguments.candidate(target.graph, before, {"filters": depth}, 2, advice)


def _near(depth: int) -> Iterator[int]:
    """Other depths, the nearest first, and of two the larger one."""
    for away in range(1, max(FARTHEST, min(depth, MOST_AWAY))):
        yield from [depth + away] if away < FARTHEST else []
        yield from [depth - away] if away < depth else []


# --- windows over the depth -------------------------------------------------------------------------

FARTHEST_VALUE = 1000
"""How far from what is written values are tried."""
DEPTH_FIELDS = ("extent", "stride")
"""Arguments of a window over the depth, with the smaller change first."""


def reads_all(layer: Layer, depth: int, kinds: tuple[str, ...] = ("exact",)) -> bool:
    """Whether the windows over the depth of a layer tile it so."""
    window = layer.depth_window
    fits = window is not None and depth >= window.effective
    return window is None or (fits and tiling(depth, window).kind in kinds)


def of_depth_window(target: RepairTarget) -> Iterator[Candidate]:
    """Other windows that read every channel."""
    graph, row, layer, volume = target.graph, target.row, target.layer, target.volume
    for order, field in enumerate(DEPTH_FIELDS, start=5):
        for value in islice(_near_values(layer, field, volume.depth), MOST_OF_A_KIND):
            changed = {field: value}
            if field == "extent" and "S" in row.node.assumed:
                changed["stride"] = value
            yield other_arguments.candidate(graph, row, changed, order)


def _near_values(layer: Layer, field: str, depth: int) -> Iterator[int]:
    """Values of an argument with which no channel is left over, the nearest first."""
    now = layer.arguments[field]
    around = (n for apart in range(1, FARTHEST_VALUE) for n in (now - apart, now + apart))
    for value in (n for n in around if 1 <= n <= depth):
        stride = {"stride": value} if field == "extent" and layer.arguments["stride"] == now else {}
        if reads_all(layer.changed(**{field: value}, **stride), depth):
            yield value
