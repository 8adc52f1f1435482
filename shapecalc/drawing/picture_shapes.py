"""What pictures are made of: boxes, lines, circles and texts, in points from the upper left corner."""

from __future__ import annotations

from typing import Literal, TypeAlias

from shapecalc.core.record import Record, replace

Anchor: TypeAlias = Literal["start", "middle", "end"]


class Box(Record):
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


class Line(Record):
    """A line through points, with rounded corners, perhaps with an arrow at its end."""

    points: tuple[tuple[float, float], ...]
    arrow: bool = False
    faint: bool = False


class Circle(Record):
    """Where branches are joined, with a sign in it."""

    x: float
    y: float
    radius: float
    sign: str
    title: str = ""
    layer: int | None = None


class Label(Record):
    """A text around a point."""

    x: float
    y: float
    text: str
    anchor: Anchor = "middle"
    size: float = 8.0
    bold: bool = False
    faint: bool = False


Shape: TypeAlias = Box | Line | Circle | Label


def transformed(shape: Shape, scale: float, x: float = 0.0, y: float = 0.0) -> Shape:
    """A shape so many times as large, and moved right and down."""
    if isinstance(shape, Line):
        return replace(shape, points=tuple((a * scale + x, b * scale + y) for a, b in shape.points))
    shape = replace(shape, x=shape.x * scale + x, y=shape.y * scale + y)
    if isinstance(shape, Box):
        return replace(shape, width=shape.width * scale, height=shape.height * scale)
    if isinstance(shape, Circle):
        return replace(shape, radius=shape.radius * scale)
    return replace(shape, size=shape.size * scale)


class Picture(Record):
    """Shapes on a page of so many points."""

    width: float
    height: float
    title: str
    shapes: tuple[Shape, ...]

    def in_order(self) -> list[Shape]:
        """The shapes as they are drawn: lines first, so that boxes lie over them."""
        return sorted(self.shapes, key=lambda shape: (Line, Box, Circle, Label).index(type(shape)))


LETTER = 0.53
"""Mean width of a letter, in its height."""


def text_width(text: str, size: float) -> float:
    """About how many points a text takes."""
    return len(text) * LETTER * size
