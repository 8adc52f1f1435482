"""Networks whose axes hang together: whether a width works depends on the height."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.passes.graph import Graph
from shapecalc.passes.report import Row


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
