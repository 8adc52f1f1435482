"""Numbers of groups that divide, and numbers of filters that the groups divide."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from math import gcd

from shapecalc.core.divisors import divisors
from shapecalc.core.layer import Layer, Volume
from shapecalc.core.window import ShapeError
from shapecalc.passes.graph import Graph
from shapecalc.passes.report import Row
from shapecalc.repairs import other_arguments
from shapecalc.repairs.candidate import Candidate

MOST_OF_A_KIND = 2
"""Values of one argument, the nearest to what is written."""
FARTHEST = 64
"""Filters that a layer before may have more or less."""


def candidates(graph: Graph, rows: list[Row], row: Row) -> Iterator[Candidate]:
    """The nearest numbers of groups that divide all that they must; then filters that the present groups divide."""
    layer, volume = row.node.layer, row.inputs[0]
    if layer is None or volume is None or None in row.inputs:
        return
    if "groups" not in layer.arguments:
        yield from _other_parts(graph, rows, row, layer, volume)
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
    yield from _filters_before(graph, rows, row, layer, volume)


def _other_parts(graph: Graph, rows: list[Row], row: Row, layer: Layer, volume: Volume) -> Iterator[Candidate]:
    """What the layer itself says would divide, as heads of attention; then filters before it."""
    for values in islice(layer.arguments_for(*filter(None, row.inputs)), MOST_OF_A_KIND):
        yield other_arguments.candidate(graph, row, values, 1)
    yield from _filters_before(graph, rows, row, layer, volume)


def for_values(graph: Graph, rows: list[Row], row: Row, values: int) -> Iterator[Candidate]:
    """The filters of the layer that sets the depth, with which a flat layer gives or reads so many values."""
    before = _sets_depth(graph, rows, row.node.inputs[0]) if row.node.inputs else None
    volume = row.inputs[0] if row.inputs else None
    if before is None or volume is None:
        return
    positions, left = divmod(volume.size, before.node.layer.arguments["filters"]) if before.node.layer else (0, 1)
    if positions and not left and values % positions == 0:
        depth = values // positions
        advice = f"K={depth} in {before.node.name} gives {depth}·{positions} = {values:,} values"
        yield other_arguments.candidate(graph, before, {"filters": depth}, 2, advice)


def _sets_depth(graph: Graph, rows: list[Row], index: int) -> Row | None:
    """The layer with filters whose depth a node has, up to flattening; None where a join is between."""
    while True:
        node, output = graph.nodes[index], rows[index].output
        if node.layer is None or output is None:
            return None
        if "filters" in node.layer.arguments:
            return rows[index] if output.depth == node.layer.arguments["filters"] else None
        if len(node.inputs) != 1 or (source := rows[node.inputs[0]].output) is None:
            return None
        if source.depth != output.depth and (not output.flat or source.size != output.size):
            return None
        index = node.inputs[0]


def _filters_before(graph: Graph, rows: list[Row], row: Row, layer: Layer, volume: Volume) -> Iterator[Candidate]:
    """The nearest depths that the layer takes, by the filters of the layer that sets its depth now."""
    before = _sets_depth(graph, rows, row.node.inputs[0])
    if before is None or len(row.inputs) > 1:
        return
    near = sorted(range(1, volume.depth + FARTHEST), key=lambda n: (abs(n - volume.depth), -n))
    for depth in islice((n for n in near if n != volume.depth and _takes(layer, volume, n)), MOST_OF_A_KIND):
        advice = f"K={depth} in {before.node.name} gives a depth that {row.node.kind} divides"
        yield other_arguments.candidate(graph, before, {"filters": depth}, 2, advice)


def _takes(layer: Layer, volume: Volume, depth: int) -> bool:
    try:
        layer.output(Volume(volume.spatial, depth, volume.flat))
    except ShapeError:
        return False
    return True
