"""Numbers of groups that divide, and numbers of filters that the groups divide."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.passes.graph import Graph
from shapecalc.passes.report import Row
from shapecalc.repairs import other_arguments
from shapecalc.repairs.candidate import Candidate


def candidates(graph: Graph, row: Row) -> Iterator[Candidate]:
    """The nearest numbers of groups that divide all that they must; then filters that the present groups divide."""
    layer, volume = row.node.layer, row.inputs[0]
    if layer is None or volume is None or "groups" not in layer.arguments:
        return
    groups, filters = layer.arguments["groups"], layer.arguments.get("filters", volume.depth)
    divisors = [n for n in range(1, min(volume.depth, filters) + 1) if volume.depth % n == 0 == filters % n]
    for n in sorted(divisors, key=lambda n: (abs(n - groups), n))[:2]:
        advice = f"groups={n} divides {volume.depth}" + (f" and {filters}" if filters != volume.depth else "")
        yield other_arguments.candidate(graph, row, {"groups": n}, 1, advice)
    if "filters" in layer.arguments and volume.depth % groups == 0:
        for n in sorted({filters - filters % groups, filters - filters % groups + groups} - {0}):
            yield other_arguments.candidate(
                graph, row, {"filters": n}, 2, f"K={n} is a multiple of the {groups} groups"
            )
