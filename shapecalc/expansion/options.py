"""What the command line may fix about a diagram."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from shapecalc.core.record import Record, replace

if TYPE_CHECKING:
    from fractions import Fraction

    from shapecalc.core.parameters import Sizes, Word

MOST_LAYERS, MOST_WRITTEN = 5_000, 200_000
"""Layers that nobody has to allow: so many of a small file, which no command takes two seconds for (ResNet-1202 has
4,210), and one for every two characters of a larger one, up to the second number: what is written out is meant."""


class Options(Record):
    """What the command line may fix about a diagram."""

    bindings: Mapping[str, int | Fraction | Sizes | Word] = MappingProxyType({})
    """Values of open names, `--set N=3`."""
    input: Sizes | None = None
    classes: int | None = None
    optional: str | None = None
    """keep or drop."""
    most_layers: int | None = None
    """None: as many as the size of the file allows."""
    member: str | None = None
    """Which network of a family is meant; what the text says, or its first, where None."""

    @property
    def limit(self) -> int:
        """How many layers there may be."""
        return MOST_LAYERS if self.most_layers is None else self.most_layers

    def limited(self, size: int) -> Options:
        """With the limit of a file of so many characters, or bytes, unless it is given.

        >>> Options().limited(900).limit, Options().limited(60_000).limit, Options(most_layers=7).limited(900).limit
        (5000, 30000, 7)
        """
        if self.most_layers is not None:
            return self
        return replace(self, most_layers=min(max(MOST_LAYERS, size // 2), MOST_WRITTEN))
