"""Replaces what a diagram has no words for by OPAQUE with the same figures, and says where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from shapecalc.core.record import replace
from shapecalc.layers.identity import Identity
from shapecalc.layers.reshape import Reshape
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.report import CheckedNetwork, Row

MOST_NAMED = 6
"""How many layers are named that stand for something else."""


class Unwordable(ValueError):
    """A network that no diagram can stand for; the message says which layer and why."""


def with_stand_ins(report: CheckedNetwork, graph: Graph) -> tuple[Graph, list[str]]:
    """The graph with words for every layer, and a sentence for each that stands for something else.

    Raises Unwordable.
    """
    wordless = []
    for row in report.rows:
        if row.output is None:
            raise Unwordable(f"the volume of {row.node.name} is unknown")
        if row.node.layer.opaque and not row.node.inputs:
            raise Unwordable(f"{row.node.name} is opaque and reads nothing")
        if row.node.layer.opaque and row.node.kind != "OPAQUE":
            wordless.append(row.node)
    return replace(graph, nodes=tuple(_in_place_of_views(row, report.rows) for row in report.rows)), _notes(wordless)


def _notes(wordless: Sequence[Node]) -> list[str]:
    """Few layers by name; of many, how many there are of each kind."""
    if len(wordless) <= MOST_NAMED:
        return [f"{node.name} is {node.kind}" for node in wordless]
    kinds = Counter(node.kind for node in wordless)
    return [f"OPAQUE is {kind}{f' ({count} times)' if count > 1 else ''}" for kind, count in kinds.most_common()]


def _in_place_of_views(row: Row, rows: Sequence[Row]) -> Node:
    """A reshape to the volume that arrives is an identity, so that parts with other depths are alike."""
    node = row.node
    if node.kind == Reshape.kind and rows[node.inputs[0]].output == row.output:
        return replace(node, kind=Identity.kind, layer=Identity(), text=Identity.kind)
    return node
