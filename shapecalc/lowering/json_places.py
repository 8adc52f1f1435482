"""Reads JSON and knows where in its text values stand, without a parser of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnosed, Span, report

_SPACE = re.compile(r"[ \t\r\n]*")
MOST_TRIES = 8
"""Lists under a key that are looked at; that of a model is the first, unless a setting is called so too."""
MOST_DIGITS = 30
"""Digits that a whole number may have."""


def _whole(digits: str) -> int:
    """Raises ValueError with the digits where they are too many."""
    if len(digits.lstrip("-")) > MOST_DIGITS:
        raise ValueError(digits)
    return int(digits)


_DECODER, _CAREFUL = json.JSONDecoder(), json.JSONDecoder(parse_int=_whole)
_AS_NINES = str.maketrans("012345678", "9" * 9)
_TOO_LONG = "9" * (MOST_DIGITS + 1)


def parse_json(text: str) -> Any:
    """The value of a text. Raises Diagnosed SHP010 where it is not JSON, or nests too deeply to be any model."""
    decoder = _CAREFUL if _TOO_LONG in text.translate(_AS_NINES) else _DECODER  # a call for every number takes time
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as problem:
        at = min(problem.pos, len(text))
        message = f"the JSON cannot be read: {problem.msg[:1].lower()}{problem.msg[1:]}"
        raise Diagnosed(report("SHP010", message, (at, min(at + 1, len(text))), label="here")) from None
    except RecursionError:
        raise Diagnosed(report("SHP010", "the JSON nests too deeply")) from None
    except ValueError as problem:
        digits = str(problem)
        message = f"the JSON has a number of {len(digits.lstrip('-'))} digits, and {MOST_DIGITS} is the most"
        at = text.find(digits)
        raise Diagnosed(report("SHP010", message, (at, at + len(digits)), label="here")) from None


def members(text: str, at: int) -> Iterator[tuple[str, Any, Span]]:
    """The keys of the object that begins at an offset, their values, and the places of these; the text is JSON."""
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        value, end = _DECODER.raw_decode(text, start)
        yield key, value, (start, end)
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def elements(text: str, at: int) -> Iterator[tuple[Any, Span]]:
    """The elements of the list that begins at an offset, and their places; the text is JSON."""
    at = _skip(text, at + 1)
    while text[at] != "]":
        value, end = _DECODER.raw_decode(text, at)
        yield value, (at, end)
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def list_at(text: str, span: Span, key: str, wanted: list[Any]) -> int | None:
    """Where the first list in a part of a text begins that is under a key, and begins as a given one, if any does so.

    None where there is no such key as it is written. What is before it is not read again; the text is JSON.

    >>> list_at('{"a": [1], "b": {"a": [2]}}', (0, 27), "a", [2])
    22
    """
    found = re.compile(rf'"{key}"[ \t\r\n]*:[ \t\r\n]*(?=\[)').finditer(text, *span)
    places = [match.end() for match in islice(found, MOST_TRIES)]
    for place in places:
        first = next(elements(text, place), None)
        if first is not None and wanted and first[0] == wanted[0]:
            return place
    return next(iter(places), None)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
