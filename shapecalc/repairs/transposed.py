"""Transposed convolutions that each lose what a stride rounded away: an output padding in all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shapecalc.core.parameters import Sizes
from shapecalc.passes.graph import Graph
from shapecalc.passes.report import Row
from shapecalc.repairs import other_arguments
from shapecalc.repairs.candidate import Candidate
from shapecalc.repairs.trial import Change, Tried

ORDER = 1
"""As an output padding of a single layer."""


def candidates(graph: Graph, rows: list[Row], row: Row) -> Iterator[Candidate]:
    """The output padding that undoes their strides in all layers of a chain that have one, and none is written."""
    found = []
    index = row.node.index
    while True:
        node = graph.nodes[index]
        layer = node.layer
        if (
            layer is not None
            and "output_padding" in layer.arguments
            and not any(layer.arguments["output_padding"] or ())
        ):
            padding = Sizes(n - 1 for n in layer.arguments["stride"])
            if any(padding):
                found.append(other_arguments.candidate(graph, rows[index], {"output_padding": padding}, ORDER))
        if len(node.inputs) != 1:
            break
        index = node.inputs[0]
    written = [one.edits() for one in found]
    if len(found) > 1 and all(written):
        layers = {index: layer for one in found for index, layer in one.change.layers.items()}
        edits = tuple(dict.fromkeys(edit for one in written for edit in one))
        names = " and ".join(rows[i].node.name for i in sorted(layers))
        title = f"{found[0].title} in {names}"
        yield Candidate(Change(layers), title, _says(title, row), lambda: edits, ORDER, len(layers))


def _says(title: str, row: Row) -> Callable[[Tried], str]:
    def says(tried: Tried) -> str:
        return f"{title.removeprefix('write ')} gives {tried.rows[row.node.index].output}"

    return says
