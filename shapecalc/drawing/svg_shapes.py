"""Shapes as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from shapecalc.display.style import clean
from shapecalc.display.svg_document import svg_document
from shapecalc.drawing.picture_shapes import Box, Circle, Line, Picture, Shape

FILLS = {
    "input": "#ffffff",
    "conv": "#f4c987",
    "pool": "#d9826b",
    "dense": "#8fb3d9",
    "other": "#d5d5d5",
    "norm": "#8bb58a",
    "activation": "#a9722f",
    "merge": "#ffffff",
}
"""Of each sort; they differ in print without colours as well."""
INK, FAINT = "#333333", "#767676"
CORNER = 2.5
"""Radius of the corners of lines."""


def svg_file(pictures: Sequence[Picture]) -> str:
    """A standalone file with the pictures below each other."""
    width = max((p.width for p in pictures), default=1.0)
    height = sum(p.height + 12 for p in pictures) or 1.0
    lines: list[str] = []
    y = 6.0
    for one in pictures:
        lines += [f'<g transform="translate(0 {y:.1f})">', *svg_group(one), "</g>"]
        y += one.height + 12
    return svg_document(width, height, f'fill="{INK}"', lines)


def svg_page(one: Picture, link: str) -> str:
    """A picture inside of a page, in which every box leads to the place of its layer: `link` and its index."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {one.width:.1f} {one.height:.1f}" role="group" '
        f'aria-label="picture of {_text(one.title)}" font-family="Helvetica, Arial, sans-serif" fill="{INK}">'
    )
    return "\n".join([head, *svg_group(one, link), "</svg>\n"])


def svg_group(one: Picture, link: str | None = None) -> Iterator[str]:
    """The shapes of one picture, lines first so that boxes lie over them."""
    if link is None:
        yield f"<title>{_text(one.title)}</title>"
    yield from (_linked(shape, link) for shape in one.in_order())


def _linked(shape: Shape, link: str | None) -> str:
    drawn = _shape(shape)
    if link is None or not isinstance(shape, Box | Circle) or shape.layer is None:
        return drawn
    if isinstance(shape, Box) and shape.sort in ("norm", "activation"):
        return f'<g aria-hidden="true">{drawn}</g>'
    return f'<a href="#{link}{shape.layer}" aria-label="{_text(shape.title)}">{drawn}</a>'


def _shape(shape: Shape) -> str:
    mark = f' data-layer="{shape.layer}"' if isinstance(shape, Box | Circle) and shape.layer is not None else ""
    if isinstance(shape, Box):
        place = f'x="{shape.x:.1f}" y="{shape.y:.1f}" width="{shape.width:.1f}" height="{shape.height:.1f}"'
        ink = f'fill="{FILLS[shape.sort]}" stroke="{INK}" stroke-width="0.5"'
        return f"<rect{mark} {place} {ink}>{_title(shape.title)}</rect>"
    if isinstance(shape, Circle):
        return (
            f'<g{mark}><circle cx="{shape.x:.1f}" cy="{shape.y:.1f}" r="{shape.radius:.1f}" fill="#ffffff" '
            f'stroke="{INK}" stroke-width="0.6">{_title(shape.title)}</circle>'
            f'<text x="{shape.x:.1f}" y="{shape.y + shape.radius * 0.5:.1f}" text-anchor="middle" '
            f'font-size="{shape.radius * 1.6:.1f}">{_text(shape.sign)}</text></g>'
        )
    if isinstance(shape, Line):
        ink = f'stroke="{FAINT if shape.faint else INK}" stroke-width="0.6"'
        return f'<path d="{path_text(shape.points)}" fill="none" {ink}/>' + (_head(shape) if shape.arrow else "")
    bold = ' font-weight="bold"' if shape.bold else ""
    color = f' fill="{FAINT}"' if shape.faint else ""
    place = f'x="{shape.x:.1f}" y="{shape.y:.1f}" text-anchor="{shape.anchor}" font-size="{shape.size:.1f}"'
    return f"<text {place}{bold}{color}>{_text(shape.text)}</text>"


def path_text(points: Sequence[tuple[float, float]]) -> str:
    """The path of a line with rounded corners."""
    text = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        a, b = _towards(corner, before), _towards(corner, after)
        text += f"L{a[0]:.1f} {a[1]:.1f}Q{corner[0]:.1f} {corner[1]:.1f} {b[0]:.1f} {b[1]:.1f}"
    return f"{text}L{points[-1][0]:.1f} {points[-1][1]:.1f}"


def _towards(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """The point on the way between two, a corner's radius away, or half-way."""
    length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    part = min(CORNER / length, 0.5) if length else 0.0
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _head(line: Line) -> str:
    (x0, y0), (x, y) = line.points[-2:]
    length = ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5 or 1.0
    dx, dy = (x - x0) / length, (y - y0) / length
    back = (x - 3.4 * dx, y - 3.4 * dy)
    a, b = (back[0] - 1.5 * dy, back[1] + 1.5 * dx), (back[0] + 1.5 * dy, back[1] - 1.5 * dx)
    return f'<path d="M{x:.1f} {y:.1f}L{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}z" fill="{INK}"/>'


def _title(text: str) -> str:
    return f"<title>{_text(text)}</title>" if text else ""


def _text(text: str) -> str:
    return escape(clean(text))
