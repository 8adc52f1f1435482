"""Rows of words as a table, for terminals and in Markdown."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shapecalc.display.characters import cells


def plain(rows: Sequence[Sequence[str]], left: Collection[int]) -> list[str]:
    """Rows with their cells below each other and a rule under the first; columns not in `left` end alike."""
    widths = [max(cells(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = []
    for row in rows:
        padded = [
            text + " " * (width - cells(text)) if at in left else " " * (width - cells(text)) + text
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return [lines[0], "─" * (sum(widths) + 2 * (len(widths) - 1)), *lines[1:]]


def markdown(rows: Sequence[Sequence[str]], left: Collection[int]) -> list[str]:
    """The same in Markdown."""
    head, *lines = [f"| {' | '.join(map(escaped, row))} |" for row in rows]
    marks = ("---" if at in left else "---:" for at in range(len(rows[0])))
    return [head, f"|{'|'.join(marks)}|", *lines]


def escaped(text: str) -> str:
    """Text of which Markdown makes nothing else."""
    text = text.replace("\\", "\\\\").replace("|", "\\|").replace("&", "&amp;").replace("<", "&lt;")
    return text.replace("*", "\\*").replace("_", "\\_").replace("`", "\\`").replace("@", "&#64;").replace("~", "\\~")
