"""A figure that a layer is claimed to have: the bias, the filters, the groups or the extent that give it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.parameters import Sizes
from shapecalc.core.window import ShapeError
from shapecalc.language.figures import Figure
from shapecalc.passes.claims import ROW_FIGURES
from shapecalc.passes.live_positions import Live, everything_of
from shapecalc.passes.report import Row
from shapecalc.passes.shapes import facts
from shapecalc.repairs import other_arguments
from shapecalc.repairs.candidate import Candidate, RepairTarget, shown

WIDEST_EXTENT = 11
"""Extents that are tried."""


def candidates(target: RepairTarget, claimed: Sequence[tuple[str, Figure]]) -> Iterator[Candidate]:
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
        most = min(v.depth for v in row.inputs if v is not None)
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
