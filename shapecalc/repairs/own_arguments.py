"""Layers whose own arguments do not fit: sizes for other axes, missing values, a rounded stride, a claimed figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.core.window import ShapeError
from shapecalc.language.figures import Figure
from shapecalc.passes.claims import ROW_FIGURES
from shapecalc.passes.graph import Graph
from shapecalc.passes.live_positions import Live, everything_of
from shapecalc.passes.report import Row
from shapecalc.passes.shapes import facts
from shapecalc.repairs import input_size, other_arguments
from shapecalc.repairs.candidate import Candidate, RepairTarget, shown
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
        yield from input_size.with_an_axis_more(graph)


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
    if layer.is_global and "size" in layer.arguments and "units" in before.node.layer.arguments:
        needed = prod(layer.arguments["size"])
        advice = f"K={needed} in {before.node.name} gives the {needed:,} values that {target.row.node.kind} needs"
        yield other_arguments.candidate(target.graph, before, {"units": needed}, 2, advice)


# --- transposed convolutions ------------------------------------------------------------------

ORDER = 1
"""As an output padding of a single layer."""


def of_transposed(graph: Graph, rows: list[Row], row: Row) -> Iterator[Candidate]:
    """The output padding that undoes their strides in all layers of a chain that have one, and none is written."""
    found = []
    for node in graph.back_from(row.node.index):
        if "output_padding" in node.layer.arguments and not any(node.layer.arguments["output_padding"] or ()):
            padding = Sizes(n - 1 for n in node.layer.arguments["stride"])
            if any(padding):
                found.append(other_arguments.candidate(graph, rows[node.index], {"output_padding": padding}, ORDER))
    written = [one.edits() for one in found]
    if len(found) > 1 and all(written):
        layers = {index: layer for one in found for index, layer in one.change.layers.items()}
        edits = tuple(dict.fromkeys(edit for one in written for edit in one))
        names = " and ".join(rows[i].node.name for i in sorted(layers))
        title = f"{found[0].title} in {names}"

        def says(tried: Tried) -> str:
            return f"{title.removeprefix('write ')} gives {tried.rows[row.node.index].output}"

        yield Candidate(Change(layers), title, says, lambda: edits, ORDER, len(layers))


# --- claimed figures --------------------------------------------------------------------------------

WIDEST_EXTENT = 11
"""Extents that are tried."""


def of_claimed_figures(target: RepairTarget, claimed: Sequence[tuple[str, Figure]]) -> Iterator[Candidate]:
    """The layer with another value of one argument that has every figure it is claimed to have."""
    layer, row, volumes = target.layer, target.row, target.volumes
    for order, values in _changes(layer, row, claimed):
        changed = _row(layer, values, row, volumes)
        if changed is not None and all(_has(changed, key, figure) for key, figure in claimed):
            figures = ", ".join(f"{key} = {ROW_FIGURES[key](changed):,}" for key, _ in claimed)
            letters = {p.field: p.letter for p in layer.signature}
            title = ", ".join(f"{letters[field]}={shown(value)}" for field, value in values.items())
            yield other_arguments.candidate(target.graph, row, values, order, f"{title} gives {figures}")


def values_arriving(layer: Layer, claimed: Sequence[tuple[str, Figure]]) -> int | None:
    """How many values an FC must read for the figures that it is claimed to have; None where none of them says so."""
    if not layer.is_global or "units" not in layer.arguments:
        return None
    units = int(layer.arguments["units"])
    for key, figure in claimed:
        weights = int(figure.value) - (units if key == "params" and layer.arguments["bias"] else 0)
        if key in ("weights", "params", "macs") and figure.exact and weights > 0 and weights % units == 0:
            return weights // units
    return None


def _changes(layer: Layer, row: Row, claimed: Sequence[tuple[str, Figure]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Other values of one argument, each with its order: how often each is what was meant."""
    arguments = layer.arguments
    if isinstance(bias := arguments.get("bias"), bool):
        yield 1, {"bias": not bias}
    for field in ("filters", "units"):
        if field in arguments:
            for key, figure in claimed:
                now = ROW_FIGURES[key](row) or 0
                if now and figure.relation == "=":
                    yield 2, {field: max(1, int(arguments[field] * figure.value / now))}
    if arguments.get("groups", 0):
        most = min(v.depth for v in row.volumes)
        yield from ((4, {"groups": n}) for n in range(1, most + 1) if most % n == 0 and n != arguments["groups"])
    if isinstance(extent := arguments.get("extent"), Sizes):
        yield from ((5, {"extent": Sizes((n,))}) for n in range(1, WIDEST_EXTENT + 1) if set(extent) != {n})


def _row(layer: Layer, values: dict[str, Any], row: Row, volumes: tuple[Volume, ...]) -> Row | None:
    """The row of the changed layer; None where it does not take these volumes."""
    lives = tuple(Live(everything_of(volume)) for volume in volumes)
    try:
        return facts(layer.changed(**values), volumes, lives).row(row.node, row.inputs)
    except (ShapeError, ValueError):
        return None


def _has(row: Row, key: str, figure: Figure) -> bool:
    value = ROW_FIGURES[key](row)
    return value is not None and not figure.unit and figure.holds(value)
