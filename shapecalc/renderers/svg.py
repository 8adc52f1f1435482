"""A picture of each network for papers and slides, below each other in one SVG file without fonts of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from shapecalc.display.style import Style
from shapecalc.drawing.page_layout import picture
from shapecalc.drawing.picture_shapes import Picture
from shapecalc.drawing.svg_shapes import svg_file
from shapecalc.passes.report import CheckedNetwork


def part(report: CheckedNetwork, style: Style) -> Any:
    """The picture of a network."""
    return picture(report, style.scale, fold=not style.expand)


def whole(parts: Iterable[Any], style: Style) -> Iterator[str]:
    """One file with all pictures."""
    pictures: list[Picture] = list(parts)
    yield svg_file(pictures)
