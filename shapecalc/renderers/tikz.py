"""A picture of each network as TikZ: one document that compiles with a plain installation of TeX."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from shapecalc.display.style import Style
from shapecalc.drawing.page_layout import picture
from shapecalc.drawing.tikz_shapes import tikz_file
from shapecalc.passes.report import CheckedNetwork


def part(report: CheckedNetwork, style: Style) -> Any:
    """The picture of a network."""
    return picture(report, style.scale, fold=not style.expand)


def whole(parts: Iterable[Any], style: Style) -> Iterator[str]:
    """One document with all pictures."""
    yield tikz_file(list(parts))
