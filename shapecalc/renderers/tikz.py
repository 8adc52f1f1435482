"""A picture of each network as TikZ: one document that compiles with a plain installation of TeX."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from shapecalc.display.style import Style
from shapecalc.drawing.tikz_shapes import tikz_file
from shapecalc.renderers.svg import part

__all__ = ["part", "whole"]


def whole(parts: Iterable[Any], style: Style) -> Iterator[str]:
    """One document with all pictures."""
    yield tikz_file(list(parts))
