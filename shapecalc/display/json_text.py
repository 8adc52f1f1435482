"""Values as JSON that may be shown in any terminal: what is no printable character is written as an escape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from shapecalc.display.style import UNPRINTABLE


def json_text(value: Any, indent: int | None = None, *, unicode: bool = True) -> str:
    """A value as JSON, without spaces where it is not indented; without `unicode` in ASCII alone."""
    if indent is None:
        text = "".join(_pieces(unicode)(value, False))
    else:
        from json import dumps

        text = dumps(value, indent=indent, ensure_ascii=not unicode)
    return text if not unicode or text.isprintable() else UNPRINTABLE.sub(_escape, text)


def string_text(text: str, *, unicode: bool = True) -> str:
    """The same for a text alone, which is most often plain ASCII."""
    plain = text.isascii() and text.isprintable() and '"' not in text and "\\" not in text
    return f'"{text}"' if plain else json_text(text, unicode=unicode)


@cache
def _pieces(unicode: bool) -> Callable[[Any, bool], Iterable[str]]:
    """What makes a value the pieces of its text without spaces.

    `json` calls the same one, and compiles six regular expressions when it is imported, which nothing here uses.
    """
    try:
        from _json import encode_basestring, encode_basestring_ascii, make_encoder
    except ImportError:
        from json import JSONEncoder

        return JSONEncoder(separators=(",", ":"), ensure_ascii=not unicode).iterencode
    written = encode_basestring if unicode else encode_basestring_ascii
    made: Callable[[Any, bool], Iterable[str]] = make_encoder(
        None, _refuse, written, None, ":", ",", False, False, True
    )
    return made


def _refuse(value: object) -> Any:
    raise TypeError(f"{type(value).__name__} is not a value of JSON")


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
