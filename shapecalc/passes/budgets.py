"""Limits for a network as a whole: parameters, multiply-accumulates, memory, training memory, receptive field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from shapecalc.core.record import NamedTuple
from shapecalc.passes.receptive_field import network_field
from shapecalc.passes.report import Conventions, Row, Totals

if TYPE_CHECKING:
    from shapecalc.language.figures import Figure


class Budget(NamedTuple):
    """The most that a network may have of something, and who says so."""

    key: str
    most: Figure
    source: str = ""
    """A glob and a file, or an option."""


Measure = Callable[[Sequence[Row], Totals, Conventions], int | None]


def _field(rows: Sequence[Row], totals: Totals, conventions: Conventions) -> int | None:
    field = network_field(rows)
    return field.longest if field else None


def _per_image(total: int | None, conventions: Conventions) -> int | None:
    return None if total is None else total // conventions.batch


MEASURES: dict[str, tuple[str, Measure]] = {
    "params": ("parameters", lambda rows, totals, conventions: totals.params),
    "macs": ("MACs", lambda rows, totals, conventions: _per_image(totals.macs, conventions)),
    "memory": (
        "bytes of memory for one pass",
        lambda rows, totals, conventions: _per_image(totals.memory.forward, conventions),
    ),
    "training": ("bytes of memory while training", lambda rows, totals, conventions: totals.memory.training),
    "field": ("positions in its receptive field", _field),
}
"""What can be limited: in words, and how it is found. Figures are of one image, `training` of a batch."""

IN_BYTES = ("memory", "training")
"""What is measured in bytes; the others are counts."""


def budget(key: str, text: str, source: str = "") -> Budget:
    """`params` and `5M`: at most so much. Raises ValueError for another key, and for what is not a limit."""
    if key not in MEASURES:
        raise ValueError(f"'{key}' cannot have a budget; {', '.join(MEASURES)} can")
    from shapecalc.language.figures import parse_figure

    figure = parse_figure(text)
    if figure.relation not in ("=", "<="):
        raise ValueError(f"a budget is the most that is allowed, such as 5M, and not {text}")
    if figure.unit and key not in IN_BYTES:
        raise ValueError(f"{key} is a count, and {text} is bytes")
    return Budget(key, figure, source)


def keeps(limit: Budget, value: int) -> bool:
    """Whether a value is within its budget; MB is read as 2^20 here, the larger of the two that people mean."""
    return any(value <= target for target, _ in limit.most.readings)
