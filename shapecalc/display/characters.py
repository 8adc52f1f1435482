"""Characters as a terminal shows them: what is shown for each, and the cells that this takes."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from shapecalc.core.patterns import lazy_pattern

_TAB = "    "
UNPRINTABLE = lazy_pattern(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u070f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Controls but the end of a line, marks that change the direction or the lines of a text, and halves of characters."""


def clean(text: str) -> str:
    """A text with every control character shown as a symbol; tabs become four spaces."""
    if text.isprintable():
        return text
    return "".join(_symbol(c)[0] for c in text)


def cells(text: str) -> int:
    """How many terminal cells a text takes once it is clean."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(_symbol(c)[1] for c in text)


@lru_cache(maxsize=1024)
def _symbol(character: str) -> tuple[str, int]:
    """What a character is shown as, and the cells that this takes."""
    if character == "\t":
        return _TAB, len(_TAB)
    number = ord(character)
    if number < 32:
        return chr(0x2400 + number), 1
    if number == 127:
        return "␡", 1
    category = unicodedata.category(character)
    if category in ("Mn", "Me"):
        return character, 0
    if category in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return "\N{REPLACEMENT CHARACTER}", 1
    return character, 2 if unicodedata.east_asian_width(character) in "WF" else 1
