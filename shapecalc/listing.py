"""Listings: one layer a line with its claimed volume, memory and weights."""

from __future__ import annotations

from shapecalc import syntax


def is_listing(text: str) -> bool:
    """Whether a text is a listing rather than a diagram."""
    return False


def parse_listing(text: str, settings: syntax.Settings) -> syntax.Diagram:
    """The listing as a diagram whose figures are claims. Raises Findings."""
    raise NotImplementedError
