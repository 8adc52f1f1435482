"""Reads JSON and knows where in its text names stand, without a parser of its own."""

from __future__ import annotations

import json
import re
from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnosed, Span, report

_NAME = re.compile(r'"name"[ \t\r\n]*:[ \t\r\n]*("[^"\\]*(?:\\.[^"\\]*)*")')
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


def parse_json(text: str) -> Any:
    """The value of a text. Raises Diagnosed SHP010 where it is not JSON, or nests too deeply to be any model."""
    values = sum(map(text.count, ",[{"))
    if values > MOST_VALUES:
        raise Diagnosed(report("SHP010", f"the JSON has some {values:,} values, and {MOST_VALUES:,} are the most"))
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
