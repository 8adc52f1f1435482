"""The keys of a network's settings, and how the value of each is read."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.diagnostic import Span
from shapecalc.diagnostics.spelling import nearest
from shapecalc.language import syntax
from shapecalc.settings.yaml_nodes import Mapping, Scalar, Sequence, YamlNode
from shapecalc.settings.yaml_values import COUNTS, NAME, YamlFile, brief

FREE_TEXT = ("description", "url", "year", "authors", "license", "notes")
"""Keys that are kept for people; nothing reads them."""
KEYS = ("name", "source", "input", "classes", "let", "defaults", "expect", "rounding", "optional", "freeze", *FREE_TEXT)
"""Every key of the front matter."""
EXPECTED = (*COUNTS, "layers", "output")
"""What `expect` may state of a whole network."""


def read_settings(file: YamlFile, root: Mapping, where: str, besides: tuple[str, ...] = ()) -> syntax.Settings:
    """The settings among the keys of a mapping; the keys in `besides` are read by somebody else.

    Problems are added to the file's, and their keys to what is lost.
    """
    known = (*KEYS, *besides)
    values: dict[str, Any] = {}
    lost: set[str] = set()
    for key, node in root.entries:
        read = _READERS.get(key.text)
        before = len(file.problems)
        if read is not None:
            name = "lets" if key.text == "let" else key.text
            value = read(file, key.text, node)
            values.update({name: value} if value is not None else {})
        elif key.text not in known:
            file.unknown_key(key, known, where)
        if len(file.problems) > before:
            lost.add(nearest(key.text, known) or key.text)
    return syntax.Settings(**values, lost=frozenset(lost))


def _text(file: YamlFile, key: str, node: YamlNode) -> str | None:
    scalar = file.scalar(node, key, "a text")
    return scalar.text.strip() if scalar else None


def _classes(file: YamlFile, key: str, node: YamlNode) -> syntax.Expression | None:
    value = file.expression(node, key)
    if isinstance(value, syntax.Tuple | syntax.SizeLiteral):
        file.report("SHP118", f"{key} is not a number", node.span, label="expected a number such as 1000")
        return None
    return value


def _lets(file: YamlFile, key: str, node: YamlNode) -> tuple[syntax.Let, ...]:
    lets = []
    for name, value in _entries(file, key, node, "names and values such as N: 3"):
        if not NAME.fullmatch(name.text):
            file.report("SHP118", f"'{brief(name.text)}' is not a name for a value", name.span)
            continue
        read = file.expression(value, f"let {name.text}")
        if read is not None:
            span: Span = (name.span[0], max(name.span[1], read.span[1]))
            lets.append(syntax.Let(name.text, read, span, name.span))
    return tuple(lets)


def _defaults(file: YamlFile, key: str, node: YamlNode) -> tuple[tuple[str, Span, tuple[syntax.Argument, ...]], ...]:
    found = []
    for layer, arguments in _entries(file, key, node, "layers and arguments such as CONV: {P: same}"):
        given = file.mapping(arguments, f"the default of {brief(layer.text)}", "arguments such as {P: same}")
        if given is not None:
            found.append((layer.text, layer.span, file.arguments(given, layer.text)))
    return tuple(found)


def _expect(file: YamlFile, key: str, node: YamlNode) -> tuple[syntax.Claim, ...]:
    claims = []
    for name, value in _entries(file, key, node, "figures such as params: 61M"):
        if name.text not in EXPECTED:
            file.unknown_key(name, EXPECTED, key)
            continue
        # A list claims one figure more than once, as listings do of their memory: in values and in bytes.
        figures: tuple[YamlNode, ...] = (value,)
        if isinstance(value, Sequence) and len(value.items) > 1 and name.text != "output":
            figures = tuple(value.items)
        for figure in figures:
            claim = file.claim(name.text, figure)
            if claim is not None:
                claims.append(claim)
    return tuple(claims)


def _freeze(file: YamlFile, key: str, node: YamlNode) -> tuple[syntax.Frozen, ...]:
    parts = node.items if isinstance(node, Sequence) else (node,)
    names = (file.scalar(part, key, "names of layers or blocks, such as [stem, conv1..conv3]") for part in parts)
    return tuple(syntax.Frozen(name.text.strip(), name.span) for name in names if name is not None)


def _entries(file: YamlFile, key: str, node: YamlNode, of: str) -> tuple[tuple[Scalar, YamlNode], ...]:
    mapping = file.mapping(node, key, of)
    return mapping.entries if mapping else ()


_READERS: dict[str, Any] = {
    "name": _text,
    "source": _text,
    "input": lambda file, key, node: file.size(node, key),
    "classes": _classes,
    "let": _lets,
    "defaults": _defaults,
    "expect": _expect,
    "rounding": lambda file, key, node: file.word(node, key, ("floor", "ceil", "exact")),
    "optional": lambda file, key, node: file.word(node, key, ("keep", "drop")),
    "freeze": _freeze,
}
