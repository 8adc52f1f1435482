"""What the command line may fix about a diagram."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from shapecalc.core.record import Record

if TYPE_CHECKING:
    from fractions import Fraction

    from shapecalc.core.parameters import Sizes, Word

MOST_LAYERS = 5_000
"""Layers that nobody has to allow, which no command takes two seconds for; ResNet-1202 has 4,210."""


class Options(Record):
    """What the command line may fix about a diagram."""

    bindings: Mapping[str, int | Fraction | Sizes | Word] = MappingProxyType({})
    """Values of open names, `--set N=3`."""
    input: Sizes | None = None
    classes: int | None = None
    optional: str | None = None
    """keep or drop."""
    most_layers: int = MOST_LAYERS
    member: str | None = None
    """Which network of a family is meant; what the text says, or its first, where None."""
