"""What is explained of a layer: headed paragraphs of worked lines, and pictures."""

from __future__ import annotations

from inspect import cleandoc

from shapecalc.core.layer import Layer
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


def paragraphs_of(layer: type[Layer]) -> list[str]:
    """The paragraphs of the docstring of a layer type, each on a line: its file says there what it does."""
    return [" ".join(part.split()) for part in cleandoc(layer.__doc__ or "").split("\n\n") if part.strip()]
