"""Parses a part of a file where it stands: reads it alone, then moves every place into the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from shapecalc.diagnostics import Findings, Span
from shapecalc.parse import only

T = TypeVar("T")

LONGEST_MOVED = 400
"""Longer parts are read with the rest of the file blank, which costs the length of the file."""

_PLACES = ("span", "name_span")


def parse_at(
    read: Callable[[str], T], text: str, span: Span, before: str = "", behind: str = "", *, alone: bool = False
) -> T:
    """What `read` makes of a part of a text, as though it had met it there.

    `before` and `behind` complete a part that is no whole text by itself; with `alone` a long part is read by itself
    too, which is for results that do not nest. Raises the Findings of `read`, with
    their places in the file too.
    """
    start, end = span
    if not (before or behind or alone) and end - start > LONGEST_MOVED:
        return read(only(text, start, end))
    by = start - len(before)
    try:
        return moved(read(before + text[start:end] + behind), by, span)
    except Findings as problem:
        raise Findings(*(moved(d, by, span) for d in problem.diagnostics)) from None


def moved(thing: T, by: int, within: Span) -> T:
    """A syntax tree or a diagnostic with every place moved by an offset, and held within a span."""
    if isinstance(thing, tuple):
        return tuple(moved(part, by, within) for part in thing)  # type: ignore[return-value]
    if not is_dataclass(thing) or isinstance(thing, type):
        return thing
    changes: dict[str, Any] = {}
    for field in fields(thing):
        value = getattr(thing, field.name)
        if field.name in _PLACES:
            start, end = (min(max(place + by, within[0]), within[1]) for place in value)
            changes[field.name] = (start, end)
        elif isinstance(value, tuple) or is_dataclass(value):
            changes[field.name] = moved(value, by, within)
    return replace(thing, **changes)
