"""What the command line may fix about a diagram."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from shapecalc.core.record import Record, replace

if TYPE_CHECKING:
    from fractions import Fraction

    from shapecalc.core.parameters import Sizes, Word

MOST_LAYERS, MOST_IN_A_MODEL = 5_000, 200_000
"""Layers that nobody has to allow, of a short text (ResNet-1202 has 4,210) and of a binary file. A longer text may have
as many as it has characters: what is long because it is repeated takes longer than anybody waits for a short text."""


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

    def for_length(self, characters: int | None) -> Options:
        """The same for a text of so many characters, or for a binary file, unless another limit was chosen."""
        if self.most_layers != MOST_LAYERS:
            return self
        most = MOST_IN_A_MODEL if characters is None else max(MOST_LAYERS, characters)
        return self if most == MOST_LAYERS else replace(self, most_layers=most)
