"""The docstring of a layer type as paragraphs: a layer's file says there what it does."""

from __future__ import annotations

from inspect import cleandoc

from shapecalc.core.layer import Layer


def paragraphs_of(layer: type[Layer]) -> list[str]:
    """The paragraphs, each on a line."""
    return [" ".join(part.split()) for part in cleandoc(layer.__doc__ or "").split("\n\n") if part.strip()]
