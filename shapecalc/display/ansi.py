"""Styles by name to the escape sequences of a terminal, and text for streams that know nothing but ASCII."""

from __future__ import annotations

import re

from shapecalc.core.patterns import lazy_pattern

_SEQUENCES = {
    "bold": "1", "dim": "2", "error": "1;31", "warning": "33", "note": "36", "help": "32", "gutter": "34",
    "good": "32", "params": "34", "memory": "35",
}  # fmt: skip

_COMMAND = lazy_pattern(r"^(\s*)::", re.MULTILINE)

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
