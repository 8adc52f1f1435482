"""Each network as a flow chart for Mermaid; several as blocks of Markdown, as a file of Mermaid has one chart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from shapecalc.display.style import Style, clean
from shapecalc.passes.report import CheckedNetwork


def part(report: CheckedNetwork, style: Style) -> Any:
    """The chart of a network, or one without boxes whose comment says why."""
    from shapecalc.writers.drawing import drawn_or_reason

    text, reason = drawn_or_reason(report, "mermaid")
    return text or f"flowchart TD\n  %% {clean(reason)}\n"


def whole(parts: Iterable[Any], style: Style) -> Iterator[str]:
    """The chart of one network, or a block of Markdown for each."""
    charts: list[str] = list(parts)
    yield from charts if len(charts) == 1 else (f"```mermaid\n{text}```\n\n" for text in charts)
