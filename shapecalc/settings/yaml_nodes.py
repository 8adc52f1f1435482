"""The nodes of a YAML document, each with its place in the file."""

from __future__ import annotations

from typing import Literal

from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Span

Kind = Literal["null", "bool", "int", "float", "str"]


class Scalar(Record):
    """One value; `span` is its text in the file, inside the quotes or below the `|`."""

    text: str
    kind: Kind
    style: str
    """Empty for a plain scalar, else `'`, `"`, `|` or `>`."""
    span: Span
    nodes: int = 1
    depth: int = 0


class Sequence(Record):
    """A list."""

    items: tuple[YamlNode, ...]
    span: Span
    nodes: int
    depth: int


class Mapping(Record):
    """Keys, which differ, and their values in the order of the file."""

    entries: tuple[tuple[Scalar, YamlNode], ...]
    span: Span
    nodes: int
    depth: int

    def get(self, key: str) -> YamlNode | None:
        """The value of a key, or None."""
        return next((value for name, value in self.entries if name.text == key), None)

    def key(self, key: str) -> Scalar | None:
        """The key itself, or None."""
        return next((name for name, _ in self.entries if name.text == key), None)


YamlNode = Scalar | Sequence | Mapping
