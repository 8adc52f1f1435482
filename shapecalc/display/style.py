"""How people want to see a result, and which characters a terminal, a line and a stream can take."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.record import Record


class Style(Record):
    """How people want to see it. Formats for programs ignore most of it."""

    width: int | None = None
    """Columns of the terminal; None off a terminal, where nothing is cut."""
    color: bool = False
    unicode: bool = True
    """Whether the stream can show bars and arrows."""
    layout: Literal["whd", "hwc", "chw"] = "whd"
    """Order in which volumes are shown to people."""
    expand: bool = False
    """Whether repeated rows are written out rather than folded."""
    columns: tuple[str, ...] = ()
    """Columns to show, in order; empty for the usual ones."""
    units: Literal["iec", "si"] = "iec"
    scale: Literal["sqrt", "log"] = "sqrt"
    """How sizes become lengths in a picture."""
    notes: bool = False
    """Whether notes are shown in full rather than counted."""
    quiet: bool = False
    """Whether only diagnostics are shown."""
    alone: bool = True
    """Whether there is just one network."""
    indent: bool = False
    """Whether JSON is written on several lines."""
    stat: bool = False
    """Whether all networks stand in one table, a row each, sorted by `sort`."""
    sort: str = "name"
    """One of SORTS."""
    pages: str = ""
    """The address of the rules' pages, where they are in the web."""


SORTS = ("name", "params", "macs", "memory", "field")
"""By what a table of networks can be sorted."""


# --- characters -----------------------------------------------------------------------------------

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


# --- styles, and streams that know less -------------------------------------------------------------

_SEQUENCES = {
    "bold": "1", "dim": "2", "error": "1;31", "warning": "33", "note": "36", "help": "32", "gutter": "34",
    "good": "32", "params": "34", "memory": "35",
}  # fmt: skip

_COMMAND = lazy_pattern(r"^([^\S\n]*)::", re.MULTILINE)

_ASCII = str.maketrans(
    {
        "×": "x", "✗": "!", "✓": "+", "–": "-", "−": "-", "─": "-", "·": "*", "…": "~", "←": "<", "→": ">", "⇒": ">",
        "┌": "/", "│": "|", "└": "\\", "█": "#", "▉": "#", "▊": "#", "▋": "#", "▌": "#", "▍": ".", "▎": ".", "▏": ".",
        "■": "#", "▁": ".", "▂": ".", "▃": ".", "▄": ":", "▅": ":", "▆": ":", "▇": "#",
    }
)  # fmt: skip
"""One character for one, so that columns and carets stay below each other."""


def painted(text: str, style: str, color: bool) -> str:
    """A text in a style; as it is when there is no colour or no style."""
    return f"\x1b[{_SEQUENCES[style]}m{text}\x1b[0m" if color and style and text else text


def inert(text: str) -> str:
    """The same text with a backslash where a line would begin with `::`, which logs of CI take for a command.

    Spaces in front of it do not keep it from being one.
    """
    return _COMMAND.sub(r"\1\\::", text) if "::" in text else text


def as_ascii(text: str) -> str:
    """The same text for a stream that cannot show more; what has no likeness becomes a question mark."""
    return text.translate(_ASCII).encode("ascii", "replace").decode("ascii")
