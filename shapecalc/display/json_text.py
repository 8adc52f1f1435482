"""Values as JSON that may be shown in any terminal: what is no printable character is written as an escape."""

from __future__ import annotations

import json
import re
from typing import Any

from shapecalc.display.characters import UNPRINTABLE


def json_text(value: Any, indent: int | None = None, *, unicode: bool = True) -> str:
    """A value as JSON, without spaces where it is not indented; without `unicode` in ASCII alone."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(value, indent=indent, separators=separators, ensure_ascii=not unicode)
    return text if not unicode or (text.isascii() and "\x7f" not in text) else UNPRINTABLE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
