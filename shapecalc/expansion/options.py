"""What the command line may fix about a diagram, and the values that it gives for sizes and open names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from shapecalc.core.exact import Exact
from shapecalc.core.parameters import Sizes, Word, one_number
from shapecalc.core.phrases import read_size
from shapecalc.core.record import Record, replace
from shapecalc.diagnostics.diagnostic import Diagnosed, unreadable

if TYPE_CHECKING:
    from fractions import Fraction


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


# --- values from outside --------------------------------------------------------------------------

_MOST_DIGITS = 9
"""Digits of a number in a size that is given from outside: no axis is longer."""


def input_size(text: str) -> Sizes:
    """`227x227x3` as sizes, depth last; `784` alone, for inputs that are rows. Raises ValueError for another text."""
    alone = re.fullmatch(r"[0-9]{1,9}", text)
    sizes = (int(text),) if alone else read_size(text, digits=_MOST_DIGITS)
    if sizes is None or len(sizes) > 4 or 0 in sizes:
        raise ValueError(f"'{text}' is not width x height x depth, such as 224x224x3")
    return Sizes(sizes)


def not_a_row(value: int) -> Diagnosed:
    """What to raise for an --input of one number where the network reads no row of values."""
    return unreadable(f"--input {value} is not width x height x depth, such as 224x224x3", help=(one_number(value),))


def binding(text: str) -> Exact | Sizes | Word:
    """A whole number, a fraction, a size or a word. Raises ValueError for another text."""
    if re.fullmatch(r"-?[0-9]{1,15}", text):
        return int(text)
    if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15}|/[0-9]{1,15})", text) and not re.fullmatch(r".*/0+", text):
        from fractions import Fraction

        return Fraction(text)
    if sizes := read_size(text, digits=_MOST_DIGITS):
        return Sizes(sizes)
    if text.isidentifier():
        return Word(text)
    raise ValueError(f"'{text}' is not a number, a size or a word")
