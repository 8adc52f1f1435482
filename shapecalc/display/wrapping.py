"""Text in lines of so many terminal cells, broken between words and never inside one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from shapecalc.core.patterns import lazy_pattern
from shapecalc.display.characters import cells

LEAST = 24
"""Cells that a text has at least, however narrow the terminal: fewer hold no words."""


def wrapped(text: str, width: int | None) -> list[str]:
    """A clean text in lines of at most `width` cells, longer only where one word is; one line without a width.

    >>> wrapped("rounding down leaves fc1 6,400 inputs instead of 9,216", 30)
    ['rounding down leaves fc1 6,400', 'inputs instead of 9,216']
    """
    if width is None or _cells(text) <= max(width, LEAST):
        return [text]
    first, *more = filled(text.split(" "), " ", max(width, LEAST))
    return [first.rstrip(" "), *(line.strip(" ") for line in more)]


def _cells(text: str) -> int:
    """How many cells a clean text takes, which may be painted."""
    return cells(_PAINT.sub("", text) if "\x1b" in text else text)


_PAINT = lazy_pattern(r"\x1b\[[0-9;]*m")


def filled(parts: Iterable[str], separator: str, width: int | None) -> list[str]:
    """Parts beside each other, as many on a line as it has cells for; all on one without a width."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}{separator}{part}" if lines else part
        if lines and (width is None or _cells(longer) <= width):
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def broken(lines: Iterable[str], width: int | None) -> Iterator[str]:
    """Lines of sentences; what goes on in the next one begins two cells further in.

    >>> list(broken(["  rounding down leaves fc1 6,400 inputs"], 30))
    ['  rounding down leaves fc1', '    6,400 inputs']
    """
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        first, *more = wrapped(line, width and width - len(indent))
        yield from (first, *(indent + text for text in more))


def reflowed(text: str, width: int | None) -> str:
    """A Markdown text whose paragraphs and points are broken anew; tables and what is indented stay as they are."""
    if width is None:
        return text
    parts: list[list[str]] = []
    for line in text.split("\n"):
        goes_on = bool(parts) and _is_prose(parts[-1][0]) and _is_prose(line) and not _POINT.match(line)
        if goes_on:
            parts[-1].append(line)
        else:
            parts.append([line])
    return "\n".join(line for part in parts for line in _broken(part, width))


_POINT = re.compile(r"(?:- |\d+\. )")


def _is_prose(line: str) -> bool:
    return bool(line.strip()) and not line.startswith((" ", "#", "|"))


def _broken(part: list[str], width: int) -> list[str]:
    if not _is_prose(part[0]):
        return part
    point = _POINT.match(part[0])
    head = point[0] if point else ""
    return hanging(head, " ".join(part).removeprefix(head), width)


def hanging(head: str, text: str, width: int | None) -> list[str]:
    """A text after a head (`= note: `), its further lines indented as far as the first one's words."""
    indent = cells(head)
    first, *more = wrapped(text, None if width is None else width - indent)
    return [f"{head}{first}", *(f"{' ' * indent}{line}" for line in more)]
