"""The nodes of a YAML document, each with its place in the file."""

from __future__ import annotations

from typing import Any, Literal

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Span

Kind = Literal["null", "bool", "int", "float", "str"]

KINDS: tuple[tuple[Kind, str], ...] = (
    ("null", r"~|null|Null|NULL|"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"),
)
"""The core schema of YAML 1.2: NO and 1:1 are strings, 010 is ten."""
_PATTERNS = [(kind, lazy_pattern(text)) for kind, text in KINDS]
_WORDS = ("null", "true", "false")
"""Texts that begin with a letter and are no strings, in small letters."""


def kind_of(text: str) -> Kind:
    """What a plain scalar is by its text.

    >>> kind_of("~"), kind_of("yes"), kind_of("0x1f"), kind_of("1e3"), kind_of("3x3")
    ('null', 'str', 'int', 'float', 'str')
    """
    if text[:1].isalpha() and text.lower() not in _WORDS:
        return "str"
    if text.isascii() and text.isdigit():
        return "int"
    return next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(text)), "str")


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
LARGEST = 10**9
"""A number that a file of another program may state, by its size."""


def value_of(node: YamlNode) -> Any:
    """Numbers, words, lists and dictionaries, as Python has them; a number that is too large is a word."""
    if isinstance(node, Sequence):
        return [value_of(item) for item in node.items]
    if isinstance(node, Mapping):
        return {key.text: value_of(value) for key, value in node.entries}
    if node.kind in ("null", "bool"):
        return None if node.kind == "null" else node.text.lower() == "true"
    try:
        number = int(node.text) if node.kind == "int" else float(node.text) if node.kind == "float" else node.text
    except ValueError:
        return node.text
    return node.text if isinstance(number, int | float) and not abs(number) <= LARGEST else number
