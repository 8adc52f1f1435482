"""Reads JSON of files that may say anything: its values, and where in its text names and other strings stand."""

from __future__ import annotations

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from json.scanner import py_make_scanner  # type: ignore[attr-defined]
from typing import Any

from shapecalc.diagnostics.diagnostic import Span, unreadable


def value_at(value: Any, *keys: str) -> Any:
    """What lies under keys of objects in each other; None where one of them is not there.

    >>> value_at({"config": {"name": "a"}}, "config", "name"), value_at([], "config", "name")
    ('a', None)
    """
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def list_in(value: Any, *keys: str) -> list[Any]:
    """The list there; an empty one for anything else."""
    found = value_at(value, *keys)
    return found if isinstance(found, list) else []


# --- places in the text ---------------------------------------------------------------------------

_NAME = re.compile(r'"name"[ \t\r\n]*:[ \t\r\n]*("[^"\\]*(?:\\.[^"\\]*)*")')
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL
)
"""What stands for one character in a string of JSON: two escapes where it needs two."""
MOST_VALUES = 1_000_000
"""Values that a text may have, each of which takes some fifty bytes more than it has: MaxViT's program has 110,000."""
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


class PlacedString(str):
    """A string of a JSON text that knows where it stands there, without its quotation marks."""

    __slots__ = ("span",)
    span: Span


def _placed_string(text: str, start: int, strict: bool) -> tuple[PlacedString, int]:
    """The string whose first character is at an offset, and the offset after its quotation mark."""
    value, end = scanstring(text, start, strict)
    found = PlacedString(value)
    found.span = (start, end - 1)
    return found, end


def characters_of(text: str, span: Span) -> list[int]:
    r"""Where each character of a string begins in the text.

    >>> characters_of('{"a": "b\\nc"}', (7, 11))
    [7, 8, 10]
    """
    return [match.start() for match in _CHARACTER.finditer(text, *span)]


_PLACING: Any = json.JSONDecoder()
_PLACING.parse_string = _placed_string
_PLACING.scan_once = py_make_scanner(_PLACING)  # the one of C asks no other function


def parse_json(text: str, placed: bool = False) -> Any:
    """The value of a text, whose strings are PlacedString where that is wanted; keys are not.

    Raises Diagnosed SHP010 where it is not JSON, or nests too deeply to be any model.

    >>> parse_json('{"a": ["b"]}', placed=True)["a"][0].span
    (8, 9)
    """
    values = sum(map(text.count, ",[{"))
    if values > MOST_VALUES:
        raise unreadable(f"the JSON has some {values:,} values, and {MOST_VALUES:,} are the most")
    decoder = _CAREFUL if _TOO_LONG in text.translate(_AS_NINES) else _DECODER  # a call for every number takes time
    decoder = _PLACING if placed else decoder
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as problem:
        at = min(problem.pos, len(text))
        message = f"the JSON cannot be read: {problem.msg[:1].lower()}{problem.msg[1:]}"
        raise unreadable(message, (at, min(at + 1, len(text))), label="here") from None
    except RecursionError:
        raise unreadable("the JSON nests too deeply") from None
    except ValueError as problem:
        digits = str(problem)
        message = f"the JSON has a number of {len(digits.lstrip('-'))} digits, and {MOST_DIGITS} is the most"
        at = text.find(digits)
        raise unreadable(message, (at, at + len(digits)), label="here") from None


def places_of_names(text: str) -> dict[str, list[Span]]:
    """Where each text stands that is the value of a key `name`, in a text that is JSON.

    >>> places_of_names('{"name": "a", "layers": [{"name": "b"}, {"name": "a"}]}')
    {'a': [(9, 12), (49, 52)], 'b': [(34, 37)]}
    """
    found: dict[str, list[Span]] = {}
    for match in _NAME.finditer(text):
        name = _DECODER.decode(match[1]) if "\\" in match[1] else match[1][1:-1]
        found.setdefault(name, []).append(match.span(1))
    return found
