"""An item of a chain as text before it is laid out in lines: what is written before, between and after its brackets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from shapecalc.core.record import Record


class Fragment(Record, frozen=False):
    """A layer, or brackets with what comes before and after them."""

    __slots__ = ("__dict__",)  # for what is worked out once

    text: str
    """What a layer is, or what is before the opening bracket."""
    chains: Sequence[Sequence[Fragment]] = ()
    """The chains between the brackets; without any there are no brackets."""
    suffix: str = ""
    """What comes after it."""
    names: str = ""
    """What a `for` gives values to; there are no values without it."""
    values: Sequence[str] = ()
    apart: bool = False
    """Its author broke the line before it."""
    leading: Sequence[str] = ()
    """Comments on lines of their own before it."""
    trailing: str = ""
    """The comment at the end of its line."""
    tail: Sequence[str] = ()
    """Comments before its closing bracket."""
    opened: bool = False
    """Its brackets are on lines of their own."""

    @cached_property
    def line(self) -> str:
        """It on one line, without comments."""
        if not self.chains:
            return self.text + self.suffix
        inner = [" => ".join([part.line for part in chain]) for chain in self.chains]
        words = [inner[0], *(f"| {chain}" for chain in inner[1:])]
        if self.names:
            words.append(f"for {self.names} in {', '.join(self.values)}")
        return f"{self.text}[{' '.join(word.strip() for word in words if word)}]{self.suffix}"
