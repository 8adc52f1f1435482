"""Shapes with their batch, `(None, 26, 26, 32)` and `[-1, 64, 222, 222]`, as printed summaries have them."""

from __future__ import annotations

import re

from shapecalc.dialects.stated_shapes import instead_of_shape, volume_of_shape
from shapecalc.language.lexemes import NAME
from shapecalc.notations.rewrite import Surroundings

SHAPE = r"[(\[]\s*(?P<batch>None|-1)\s*(?P<sizes>(?:,\s*\d{1,9})+)\s*,?\s*[)\]]"
ROW = rf"(?P<name>[^\W\d]\w*?)(?:[-_]\d+)?\s*(?P<at>{SHAPE})"
"""`Conv2d-1 [-1, 64, 222, 222]`."""
NAMED_ROW = rf"{NAME}\s*\((?P<name>{NAME})\)\s*(?P<at>{SHAPE})"
"""`conv2d_1 (Conv2D) (None, 26, 26, 32)`."""


def claimed(match: re.Match[str], around: Surroundings) -> str:
    """The shape as a claim."""
    return f": {_volume(match)}"


def row(match: re.Match[str], around: Surroundings) -> str:
    """The layer with the shape as a claim."""
    return f"{match['name']}: {_volume(match)}"


def instead(match: re.Match[str]) -> str:
    """What to write in place of a row."""
    own = instead_of_shape(match["name"], _volume(match))
    return f"{own}\nor paste the whole summary, with its first lines"


def _volume(match: re.Match[str]) -> str:
    return volume_of_shape(match["batch"], [int(n) for n in re.findall(r"\d+", match["sizes"])])
