"""Parses a part of a file where it is: reads it alone, then moves every place into the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, TypeVar

from shapecalc.core.record import Record, replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Span

T = TypeVar("T")

_PLACES = ("span", "name_span")


def parse_at(read: Callable[[str], T], text: str, span: Span, before: str = "", after: str = "") -> T:
    """What `read` makes of a part of a text, as though it had met it there.

    `before` and `after` complete a part that is no whole text by itself. Takes time in proportion to the part,
    however long the text. Raises the Diagnosed of `read`, with their places in the file too.
    """
    start, end = span
    by = start - len(before)
    try:
        found: T = _once(read, before + text[start:end] + after)
        return moved(found, by, span)
    except Diagnosed as problem:
        raise Diagnosed(*(moved(d, by, span) for d in problem.diagnostics)) from None


@lru_cache(maxsize=1_000)
def _once(read: Callable[[str], Any], text: str) -> Any:
    """What is read from a text: networks say the same again and again. Raises Diagnosed, which are not kept."""
    return read(text)


def moved(thing: T, by: int, within: Span) -> T:
    """A syntax tree or a diagnostic with every place moved by an offset, and kept within a span."""
    low, high = within
    return placed(thing, lambda span: (min(max(span[0] + by, low), high), min(max(span[1] + by, low), high)))


def placed(thing: T, place: Callable[[Span], Span]) -> T:
    """A syntax tree or a diagnostic with every place put where a function says.

    Works from the inside out without recursion: trees nest deeper than Python likes to call.
    """
    done: dict[int, Any] = {}
    stack: list[Any] = [thing]
    while stack:
        part = stack[-1]
        missing = [inner for inner in _inside(part) if id(inner) not in done]
        if missing:
            stack.extend(missing)
            continue
        stack.pop()
        if id(part) not in done:
            done[id(part)] = _placed_part(part, done, place)
    return done[id(thing)]  # type: ignore[no-any-return]


def _inside(part: Any) -> Iterator[Any]:
    """The tuples and nodes directly inside of one; places are none."""
    values = part if isinstance(part, tuple) else (getattr(part, name) for name in _names(part) if name not in _PLACES)
    return (value for value in values if isinstance(value, tuple) or _names(value))


def _placed_part(part: Any, done: dict[int, Any], place: Callable[[Span], Span]) -> Any:
    """One tuple or node, given what became of everything inside of it."""
    if isinstance(part, tuple):
        return tuple(done.get(id(value), value) for value in part) if type(part) is tuple else part
    changes: dict[str, Any] = {}
    for name in _names(part):
        value = getattr(part, name)
        if name in _PLACES:
            changes[name] = place(value)
        elif id(value) in done:
            changes[name] = done[id(value)]
    return replace(part, **changes) if changes else part


_NAMES: dict[type, tuple[str, ...]] = {}
"""The fields of every kind of node that has been met: asking the class for them is slow."""


def _names(part: object) -> tuple[str, ...]:
    """The names of a node's fields; none for anything else."""
    kind = type(part)
    if kind not in _NAMES:
        _NAMES[kind] = part.__match_args__ if isinstance(part, Record) else ()
    return _NAMES[kind]


def only(text: str, start: int, end: int) -> str:
    """The text with everything but start…end made blank; lines and offsets stay."""
    return blank(text[:start]) + text[start:end] + blank(text[end:])


def blank(text: str) -> str:
    """As many spaces, with the newlines kept."""
    return re.sub(r"[^\n]", " ", text)
