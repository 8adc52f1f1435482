"""An explanation as text for a terminal: words at the left, and worked lines beside them."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.core.phrases import shortened
from shapecalc.display.axis_text import picture_lines
from shapecalc.display.characters import cells, clean, painted
from shapecalc.display.style import Style
from shapecalc.display.wrapping import wrapped
from shapecalc.explanation.worked_layer import Paragraph, WorkedLayer
from shapecalc.passes.report import CheckedNetwork

MARGIN = 11
"""Columns of the words at the left."""
ROOMY = 66
"""Columns beside them from which on pictures are moved in as far as the text."""
SEVERITIES = ("error", "warning", "note")


def explanation_text(explanation: WorkedLayer, style: Style) -> str:
    """The whole text, with the last newline."""
    head = f"{clean(explanation.name)}  {clean(explanation.text)}"
    place = f"  ({clean(explanation.place)})" if explanation.place else ""
    lines = [
        *wrapped(painted(head, "bold", style.color) if style.color else head, style.width),
        *wrapped(f"{explanation.volumes}{place}", style.width),
        "",
    ]
    for paragraph in explanation.paragraphs:
        lines += _paragraph(paragraph, style)
    return "\n".join(lines).rstrip() + "\n"


def _paragraph(paragraph: Paragraph, style: Style) -> Iterator[str]:
    width = None if style.width is None else style.width - MARGIN
    if paragraph.picture is not None:
        margin = MARGIN if width is None or width >= ROOMY else 2
        drawn = picture_lines(paragraph.picture, width and width + MARGIN - margin, color=style.color)
        yield from ("", *(f"{'':{margin}}{line}".rstrip() for line in drawn), "")
        return
    label, lines = clean(paragraph.label), [part for line in paragraph.lines for part in _wrapped(clean(line), width)]
    if cells(label) >= MARGIN:
        yield painted(label, "dim", style.color)
        label = ""
    colour = label if label in SEVERITIES else "help" if label == "to fix it" else "dim"
    for place, line in enumerate(lines):
        word = label if not place else ""
        yield f"{painted(word, colour, style.color)}{'':{MARGIN - cells(word)}}{line}".rstrip()


def _wrapped(line: str, width: int | None) -> Iterator[str]:
    """A line with what does not fit moved in below it."""
    first, *more = wrapped(line, None if width is None else width - 2)
    yield first
    yield from (f"  {part}" for part in more)


# --- names of layers --------------------------------------------------------------------------


def name_lines(report: CheckedNetwork, width: int | None) -> Iterator[str]:
    """A line a layer: its name, its text, and its volume."""
    pad = max((cells(clean(row.name)) for row in report.rows), default=0)
    for row in report.rows:
        name, volume = clean(row.name), "unknown" if row.output is None else str(row.output)
        room = 60 if width is None else max(width - pad - len(volume) - 4, 12)
        yield f"{name}{'':{pad - cells(name)}}  {shortened(clean(row.text), room)}  {volume}"
