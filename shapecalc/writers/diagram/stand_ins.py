"""Replaces what a diagram has no words for by OPAQUE with the same figures, and says where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shapecalc.core.phrases import counted
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.report import CheckedNetwork, Row


class Unwordable(ValueError):
    """A network that no diagram can stand for; the message says which layer and why."""


def with_stand_ins(report: CheckedNetwork, graph: Graph) -> tuple[Graph, list[str]]:
    """The graph with words for every layer, and a sentence for each that stands for something else.

    An OPAQUE reads the first of its inputs alone, and keeps its own weights. Raises Unwordable.
    """
    notes: list[str] = []
    nodes = tuple(_stand_in(row, report.rows, notes) for row in report.rows)
    return replace(graph, nodes=nodes), notes


def _stand_in(row: Row, rows: Sequence[Row], notes: list[str]) -> Node:
    node = row.node
    if node.layer is None or row.output is None:
        raise Unwordable(f"the volume of {node.name} is unknown")
    if node.layer is not None and node.layer.opaque:
        node = _one_input(node, rows, notes)
    return node


def _one_input(node: Node, rows: Sequence[Row], notes: list[str]) -> Node:
    if not node.inputs:
        raise Unwordable(f"{node.name} is opaque and reads nothing")
    kind = "" if node.kind == "OPAQUE" else f" is {node.kind}"
    others = [rows[i].name for i in node.inputs[1:]]
    reads = f"{' and' if kind else ''} reads {', '.join(others[:3])} too" if others else ""
    if len(others) > 3:
        reads = f"{' and' if kind else ''} reads {counted(len(others), 'other layer')} too"
    if kind or reads:
        notes.append(f"{node.name}{kind}{reads}")
    return replace(node, inputs=node.inputs[:1])
