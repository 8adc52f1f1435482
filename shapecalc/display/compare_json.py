"""A comparison of networks as plain values for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapecalc.display.compare_sentences import consequences
from shapecalc.passes.report import CheckedNetwork, Row
from shapecalc.transforms.compare import OF_LAYERS, NetworkComparison, figures_of


def comparison_object(found: NetworkComparison) -> dict[str, Any]:
    """Consequences, totals with their differences, and all layers in pairs; null is unknown, or no partner."""
    return {
        "version": 1,
        "networks": [_network(found.a), _network(found.b)],
        "consequences": consequences(found),
        "totals": {key: _both(a, b) for key, (a, b) in found.totals.items()},
        "layers": [{"a": _layer(pair.a), "b": _layer(pair.b), "differs": list(pair.differs)} for pair in found.pairs],
    }


def networks_object(networks: Sequence[CheckedNetwork]) -> dict[str, Any]:
    """Several networks, each with its totals."""
    return {"version": 1, "networks": [{**_network(one), "totals": figures_of(one)} for one in networks]}


def _network(network: CheckedNetwork) -> dict[str, Any]:
    return {"path": network.source.path, "name": network.name, "ok": network.ok}


def _both(a: int | None, b: int | None) -> dict[str, int | None]:
    return {"a": a, "b": b, "difference": None if a is None or b is None else b - a}


def _layer(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "index": row.node.index,
        "name": row.name,
        "kind": row.kind,
        "text": row.text,
        "input": [list(v.sizes) if v else None for v in row.inputs],
        "output": list(row.output.sizes) if row.output else None,
        **{key: figure(row) for key, figure in OF_LAYERS.items()},
    }
