"""Text in lines of so many terminal cells, broken between words and never inside one."""

from __future__ import annotations

from shapecalc.display.characters import cells

LEAST = 24
"""Cells that a text has at least, however narrow the terminal: fewer hold no words."""


def wrapped(text: str, width: int | None) -> list[str]:
    """A clean text in lines of at most `width` cells, longer only where one word is; one line without a width.

    >>> wrapped("rounding down leaves fc1 6,400 inputs instead of 9,216", 30)
    ['rounding down leaves fc1 6,400', 'inputs instead of 9,216']
    """
    if width is None or cells(text) <= max(width, LEAST):
        return [text]
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and cells(longer) <= max(width, LEAST):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def hanging(head: str, text: str, width: int | None) -> list[str]:
    """A text after a head (`= note: `), its further lines indented as far as the first one's words."""
    indent = cells(head)
    first, *more = wrapped(text, None if width is None else width - indent)
    return [f"{head}{first}", *(f"{' ' * indent}{line}" for line in more)]
