"""Text that fits: lines broken where the terminal ends, and tables of columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.phrases import shortened
from shapecalc.display.style import cells, clean

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


# --- tables ---------------------------------------------------------------------------------------

Styled = Callable[[int, int, str], str]
"""Gives the text of a row and a column, both counted from 0, a style."""

_GAP = 2
_LONG_NAME, _LONG_TITLE = 24, 18
"""Cells of a first column and of a title, which are cut where the table does not fit; names of the zoo are shorter."""
_SPECIAL = lazy_pattern(r"[\\`*_\[\]#|~]|:(?=//|\w+:)|(?<=www)\.")
"""What Markdown or GitHub reads as more than text inside of a line."""


def plain(
    rows: Sequence[Sequence[str]],
    left: Collection[int],
    styled: Styled = lambda row, column, text: text,
    *,
    width: int | None = None,
    leaving: Sequence[int] = (),
) -> list[str]:
    """Rows with their cells below each other and a rule under the first; columns not in `left` end alike.

    Where that takes more than `width` cells, long names and titles are cut, columns leave in the order of `leaving`,
    and a line at the end names them; what is then still too wide is several tables, each with the first column.
    """
    parts, widths, gone = _parts(rows, width, leaving)
    lines: list[str] = []
    for shown in parts:
        table = [""] if lines else []
        for number, row in enumerate(rows):
            padded = []
            for at in shown:
                text = _cut(row[at], widths[at])
                gap, shown_text = " " * (widths[at] - cells(text)), styled(number, at, text)
                padded.append(shown_text + gap if at in left else gap + shown_text)
            table.append("  ".join(padded).rstrip())
            if not number:
                table.append("─" * _total(widths, shown))
        lines += table
    if gone:
        names = ", ".join(rows[0][at] for at in gone)
        lines += wrapped(f"columns left out at width {width}: {names}; a wider terminal shows them", width)
    return lines


def _parts(
    rows: Sequence[Sequence[str]], width: int | None, leaving: Sequence[int]
) -> tuple[list[list[int]], list[int], list[int]]:
    """The columns of every table, the width of each, and those that are left out."""
    every = list(range(len(rows[0])))
    widths = [max(cells(row[at]) for row in rows) for at in every]
    if width is None or _total(widths, every) <= width:
        return [every], widths, []
    widths[0] = min(widths[0], _LONG_NAME)
    for at in every[1:]:
        widths[at] = min(widths[at], max(_LONG_TITLE, *(cells(row[at]) for row in rows[1:])))
    shown = [at for at in every if at not in leaving]
    for at in reversed(leaving):
        if _total(widths, [*shown, at]) <= width:
            shown.append(at)
    parts: list[list[int]] = []
    for at in sorted(shown)[1:]:
        widths[at] = min(widths[at], max(width - widths[0] - _GAP, _LONG_NAME))
        if parts and _total(widths, [*parts[-1], at]) <= width:
            parts[-1].append(at)
        else:
            parts.append([0, at])
    return parts, widths, [at for at in every if at not in shown]


def _total(widths: Sequence[int], shown: Sequence[int]) -> int:
    return sum(widths[at] for at in shown) + _GAP * (len(shown) - 1)


def _cut(text: str, width: int) -> str:
    """A text of at most so many cells, without its middle where it is longer: names differ at their ends."""
    shown, most = text, len(text)
    while cells(shown) > width:
        most -= 1
        shown = shortened(text, most, tail=most // 2)
    return shown


def markdown(rows: Sequence[Sequence[str]], left: Collection[int]) -> list[str]:
    """The same in Markdown."""
    head, *lines = [f"| {' | '.join(map(escaped, row))} |" for row in rows]
    marks = ("---" if at in left else "---:" for at in range(len(rows[0])))
    return [head, f"|{'|'.join(marks)}|", *lines]


def escaped(text: str) -> str:
    """Text in which nothing is markup, HTML, a mention or a link."""
    text = _SPECIAL.sub(r"\\\g<0>", clean(text))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")
