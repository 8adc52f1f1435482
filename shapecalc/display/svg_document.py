"""What SVG files have in common: their size, white ground, and fonts that every machine has."""

from __future__ import annotations

from collections.abc import Iterable


def svg_document(width: float, height: float, attributes: str, parts: Iterable[str]) -> str:
    """A file of so many points with these parts, its root with more attributes."""
    wide, high = (f"{size:.1f}".removesuffix(".0") for size in (width, height))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        f'font-family="Helvetica, Arial, DejaVu Sans, sans-serif" {attributes}>'
    )
    return "\n".join([head, f'<rect width="{wide}" height="{high}" fill="#ffffff"/>', *parts, "</svg>\n"])
