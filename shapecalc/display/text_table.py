"""Rows of words as a table, for terminals and in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from shapecalc.core.patterns import lazy_pattern
from shapecalc.display.characters import cells, clean

Styled = Callable[[int, int, str], str]
"""Gives the text of a row and a column, both counted from 0, a style."""

_SPECIAL = lazy_pattern(r"[\\`*_\[\]#|~]|:(?=//|\w+:)|(?<=www)\.")
"""What Markdown or GitHub reads as more than text inside of a line."""


def plain(
    rows: Sequence[Sequence[str]], left: Collection[int], styled: Styled = lambda row, column, text: text
) -> list[str]:
    """Rows with their cells below each other and a rule under the first; columns not in `left` end alike."""
    widths = [max(cells(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = []
    for number, row in enumerate(rows):
        padded = []
        for at, (text, width) in enumerate(zip(row, widths, strict=True)):
            gap, shown = " " * (width - cells(text)), styled(number, at, text)
            padded.append(shown + gap if at in left else gap + shown)
        lines.append("  ".join(padded).rstrip())
    return [lines[0], "─" * (sum(widths) + 2 * (len(widths) - 1)), *lines[1:]]


def markdown(rows: Sequence[Sequence[str]], left: Collection[int]) -> list[str]:
    """The same in Markdown."""
    head, *lines = [f"| {' | '.join(map(escaped, row))} |" for row in rows]
    marks = ("---" if at in left else "---:" for at in range(len(rows[0])))
    return [head, f"|{'|'.join(marks)}|", *lines]


def escaped(text: str) -> str:
    """Text in which nothing is markup, HTML, a mention or a link."""
    text = _SPECIAL.sub(r"\\\g<0>", clean(text))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")
