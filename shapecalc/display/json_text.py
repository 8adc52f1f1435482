"""Values as JSON that may be shown in any terminal: what is no printable character is written as an escape."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from shapecalc.display.characters import UNPRINTABLE


def json_text(value: Any, indent: int | None = None, *, unicode: bool = True) -> str:
    """A value as JSON, without spaces where it is not indented; without `unicode` in ASCII alone."""
    text = _encoder(indent, unicode).encode(value)
    return text if not unicode or (text.isascii() and "\x7f" not in text) else UNPRINTABLE.sub(_escape, text)


def string_text(text: str, *, unicode: bool = True) -> str:
    """The same for a text alone, which is most often a name in ASCII."""
    return f'"{text}"' if text.isascii() and text.isidentifier() else json_text(text, unicode=unicode)


@cache
def _encoder(indent: int | None, unicode: bool) -> json.JSONEncoder:
    separators = (",", ":") if indent is None else None
    return json.JSONEncoder(indent=indent, separators=separators, ensure_ascii=not unicode)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
