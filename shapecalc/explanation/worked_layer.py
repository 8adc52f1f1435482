"""What is explained of a layer: headed paragraphs of worked lines, and pictures."""

from __future__ import annotations

from shapecalc.core.record import Record
from shapecalc.explanation.axis_picture import AxisPicture


class Paragraph(Record):
    """Some lines under one word, or a picture."""

    label: str
    lines: tuple[str, ...] = ()
    picture: AxisPicture | None = None


class WorkedLayer(Record):
    """All that is said about a layer."""

    name: str
    text: str
    """The layer with its arguments."""
    place: str
    """Where it stands."""
    volumes: str
    """What goes in and what comes out."""
    paragraphs: tuple[Paragraph, ...]
