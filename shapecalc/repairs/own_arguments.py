"""Layers whose own arguments do not fit: sizes for other axes, values that are not there, what a stride rounded off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.passes.graph import Graph
from shapecalc.passes.report import Row
from shapecalc.repairs import input_size, other_arguments
from shapecalc.repairs.candidate import Candidate, RepairTarget
from shapecalc.repairs.trial import Change, Tried


def of_another_rank(target: RepairTarget) -> Iterator[Candidate]:
    """Sizes that have the axes of the input; then an INPUT that has the axes of the sizes, its depth 1."""
    graph, row, layer = target.graph, target.row, target.layer
    rank = len(target.volume.spatial)
    wrong = {field: value for field, value in layer.arguments.items() if _axes(value) not in (1, rank)}
    if not wrong:
        return
    for_rank = {field: _alike(value, rank) for field, value in wrong.items()}
    if None not in for_rank.values():
        yield other_arguments.candidate(graph, row, for_rank, 1)
    extent = wrong.get("extent", Sizes((1,)))
    if "filters" in layer.arguments and "K" in row.node.assumed and _axes(extent) == rank + 1 and len(wrong) == 1:
        parts = {"filters": extent[-1], "extent": Sizes(extent[:-1])}
        yield other_arguments.candidate(graph, row, parts, 0)  # F=3x3x16: 16 filters of 3x3
    if {_axes(value) for value in wrong.values()} == {rank + 1}:
        yield from input_size.with_an_axis_more(graph, row)


def of_claimed_size(target: RepairTarget, spatial: tuple[int, ...]) -> Iterator[Candidate]:
    """The size or the factor that gives a claimed one, of layers whose output is as large as an argument says."""
    layer, now = target.layer, target.volume.spatial
    if isinstance(layer.arguments.get("size"), Sizes) and len(layer.arguments["size"]) in (1, len(spatial)):
        yield other_arguments.candidate(target.graph, target.row, {"size": Sizes(spatial)}, 1)
    if isinstance(layer.arguments.get("factor"), Sizes) and all(
        out % size == 0 for out, size in zip(spatial, now, strict=True)
    ):
        factor = Sizes(out // size for out, size in zip(spatial, now, strict=True))
        yield other_arguments.candidate(target.graph, target.row, {"factor": factor}, 1)


def _axes(value: Any) -> int:
    """For how many axes a value is; 1 where it is for all."""
    if isinstance(value, Padding):
        return 1 if value.name else len(value.pairs)
    return len(value) if isinstance(value, Sizes) else 1


def _alike(value: Any, rank: int) -> Any:
    """The same along every axis; None where the axes differ."""
    if isinstance(value, Padding):
        if len(set(value.pairs)) > 1:
            return None
        ((before, after), *_) = value.pairs
        return Padding("", value.pairs[:1] if before == after else ((before, after),) * rank)
    return Sizes(value[:1]) if len(set(value)) == 1 else None


def of_other_values(target: RepairTarget) -> Iterator[Candidate]:
    """What the layer takes instead; or as many units of the layer before it as it needs."""
    layer, before = target.layer, target.before
    for values in layer.arguments_for(*target.volumes):
        yield other_arguments.candidate(target.graph, target.row, values, 1)
    if layer.is_global and "size" in layer.arguments and before.node.layer and "units" in before.node.layer.arguments:
        needed = prod(layer.arguments["size"])
        advice = f"K={needed} in {before.node.name} gives the {needed:,} values that {target.row.node.kind} needs"
        yield other_arguments.candidate(target.graph, before, {"units": needed}, 2, advice)


# --- transposed convolutions ------------------------------------------------------------------

ORDER = 1
"""As an output padding of a single layer."""


def of_transposed(graph: Graph, rows: list[Row], row: Row) -> Iterator[Candidate]:
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
