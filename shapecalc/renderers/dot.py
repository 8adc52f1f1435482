"""Each network as a graph for Graphviz, one after another, as `dot` reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from shapecalc.display.style import Style, clean
from shapecalc.passes.report import CheckedNetwork


def part(report: CheckedNetwork, style: Style) -> Any:
    """The graph of a network, or a comment that says why there is none."""
    from shapecalc.writers.drawing import drawn_or_reason

    text, reason = drawn_or_reason(report, "dot")
    return text or f"// {clean(reason)}\n"


def whole(parts: Iterable[Any], style: Style) -> Iterator[str]:
    """One graph after another."""
    yield from parts
