"""What pictures are made of: boxes, lines, circles and texts, in points from the upper left corner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Anchor: TypeAlias = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Box:
    """A layer: `sort` decides its fill."""

    x: float
    y: float
    width: float
    height: float
    sort: str
    title: str = ""
    """What is said of it where there is room for more than the picture."""
    layer: int | None = None
    """The index of the layer."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points, with rounded corners, perhaps with an arrow at its end."""

    points: tuple[tuple[float, float], ...]
    arrow: bool = False
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Circle:
    """Where branches are joined, with a sign in it."""

    x: float
    y: float
    radius: float
    sign: str
    title: str = ""
    layer: int | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A text around a point."""

    x: float
    y: float
    text: str
    anchor: Anchor = "middle"
    size: float = 8.0
    bold: bool = False
    faint: bool = False


Shape: TypeAlias = Box | Line | Circle | Label


@dataclass(frozen=True, slots=True)
class Picture:
    """Shapes on a page of so many points."""

    width: float
    height: float
    title: str
    shapes: tuple[Shape, ...]


LETTER = 0.53
"""Mean width of a letter, in its height."""


def text_width(text: str, size: float) -> float:
    """About how many points a text takes."""
    return len(text) * LETTER * size
