"""The keys of a network's settings, and how the value of each is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.phrases import shortened
from shapecalc.diagnostics.diagnostic import Span
from shapecalc.diagnostics.spelling import nearest
from shapecalc.language import syntax
from shapecalc.settings.yaml_nodes import Mapping, Scalar, Sequence, YamlNode
from shapecalc.settings.yaml_values import COUNTS, NAME, YamlFile

FREE_TEXT = ("description", "url", "year", "authors", "license", "notes")
"""Keys that are kept for people; nothing reads them."""
OF_MEMBERS = ("name", "source", "input", "classes", "let", "expect", "erratum", *FREE_TEXT)
"""What a member of a family may say for itself."""
KEYS = (*OF_MEMBERS, "defaults", "rounding", "optional", "freeze", "member", "members")
"""Every key of the front matter."""
MEMBER = lazy_pattern(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""The name of a member of a family."""
NEEDED_OF_ERRATA = ("printed", "right", "evidence", "provenance")
OF_ERRATA = (*NEEDED_OF_ERRATA, "where", "of", "finding")
"""What an erratum says."""
EXPECTED = (*COUNTS, "layers", "output")
"""What `expect` may state of a whole network."""


def read_settings(
    file: YamlFile, root: Mapping, where: str, besides: tuple[str, ...] = (), keys: tuple[str, ...] = KEYS
) -> syntax.Settings:
    """The settings among the keys of a mapping; the keys in `besides` are read by somebody else.

    Problems are added to the file's, and their keys to what is lost.
    """
    known = (*keys, *besides)
    values: dict[str, Any] = {}
    lost: set[str] = set()
    for key, node in root.entries:
        read = _READERS.get(key.text) if key.text in known else None
        before = len(file.problems)
        if read is not None:
            name = _FIELDS.get(key.text, key.text)
            value = read(file, key.text, node)
            value = tuple(value) if isinstance(value, Iterator) else value
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
        file.report(f"{key} is not a number", node.span, label="expected a number such as 1000")
        return None
    return value


def _lets(file: YamlFile, key: str, node: YamlNode) -> Iterator[syntax.Let]:
    for name, value in _entries(file, key, node, "names and values such as N: 3"):
        if not NAME.fullmatch(name.text):
            file.report(f"'{shortened(name.text)}' is not a name for a value", name.span)
            continue
        read = file.expression(value, f"let {name.text}")
        if read is not None:
            span: Span = (name.span[0], max(name.span[1], read.span[1]))
            yield syntax.Let(name.text, read, span, name.span)


def _defaults(file: YamlFile, key: str, node: YamlNode) -> Iterator[tuple[str, Span, tuple[syntax.Argument, ...]]]:
    for layer, arguments in _entries(file, key, node, "layers and arguments such as CONV: {P: same}"):
        given = file.mapping(arguments, f"the default of {shortened(layer.text)}", "arguments such as {P: same}")
        if given is not None:
            yield layer.text, layer.span, file.arguments(given, layer.text)


def _expect(file: YamlFile, key: str, node: YamlNode) -> Iterator[syntax.Claim]:
    for name, value in _entries(file, key, node, "figures such as params: 61M"):
        if name.text not in EXPECTED:
            file.unknown_key(name, EXPECTED, key)
            continue
        # A list claims one figure more than once, as listings do of their memory: in values and in bytes.
        figures: tuple[YamlNode, ...] = (value,)
        if isinstance(value, Sequence) and len(value.items) > 1 and name.text != "output":
            figures = tuple(value.items)
        yield from filter(None, (file.claim(name.text, figure) for figure in figures))


def _freeze(file: YamlFile, key: str, node: YamlNode) -> Iterator[syntax.Frozen]:
    parts = node.items if isinstance(node, Sequence) else (node,)
    names = (file.scalar(part, key, "names of layers or blocks, such as [stem, conv1..conv3]") for part in parts)
    return (syntax.Frozen(name.text.strip(), name.span) for name in names if name is not None)


def _members(file: YamlFile, key: str, node: YamlNode) -> Iterator[tuple[str, syntax.Settings]]:
    for name, value in _entries(file, key, node, "names and settings such as small: {let: {N: 2}}"):
        if not MEMBER.fullmatch(name.text):
            help = ("write lower case letters, digits and hyphens, such as resnet-50",)
            file.report(f"'{shortened(name.text)}' cannot be the name of a member", name.span, help=help)
            continue
        own = file.mapping(value, f"the member {name.text}", "settings such as {let: {N: 2}}")
        if own is not None:
            yield name.text, read_settings(file, own, f"the member {name.text}", keys=OF_MEMBERS)


def _errata(file: YamlFile, key: str, node: YamlNode) -> Iterator[syntax.Erratum]:
    nodes = node.items if isinstance(node, Sequence) else (node,)
    return filter(None, (_erratum(file, key, one) for one in nodes))


def _erratum(file: YamlFile, key: str, node: YamlNode) -> syntax.Erratum | None:
    before = len(file.problems)
    texts: dict[str, tuple[str, ...]] = {}
    for name, value in _entries(file, key, node, "printed, right and evidence"):
        if name.text not in OF_ERRATA:
            file.unknown_key(name, OF_ERRATA, key)
            continue
        several = value.items if isinstance(value, Sequence) and name.text == "evidence" else (value,)
        scalars = [file.scalar(one, f"{name.text} of {key}", "a text") for one in several]
        texts[name.text] = tuple(" ".join(scalar.text.split()) for scalar in scalars if scalar is not None)
    missing = [name for name in NEEDED_OF_ERRATA if not texts.get(name)]
    if len(file.problems) == before and missing:
        help = ("write what is printed, what is right, the evidence, and its provenance: seen, or peer",)
        file.report(f"the {key} does not say {' and '.join(missing)}", node.span, help=help)
    if len(file.problems) > before:
        return None
    one = {name: text[0] for name, text in texts.items() if name != "evidence"}
    return syntax.Erratum(**one, evidence=texts["evidence"], span=node.span)


def _entries(file: YamlFile, key: str, node: YamlNode, of: str) -> tuple[tuple[Scalar, YamlNode], ...]:
    mapping = file.mapping(node, key, of)
    return mapping.entries if mapping else ()


_READERS: dict[str, Any] = {
    "name": _text, "source": _text, "input": lambda file, key, node: file.size(node, key), "classes": _classes,
    "let": _lets, "defaults": _defaults, "expect": _expect,
    "rounding": lambda file, key, node: file.word(node, key, ("floor", "ceil", "exact")),
    "optional": lambda file, key, node: file.word(node, key, ("keep", "drop")), "freeze": _freeze, "erratum": _errata,
    "member": _text, "members": _members,
}  # fmt: skip
_FIELDS = {"let": "lets", "erratum": "errata"}
"""Fields of the settings that are called otherwise than their keys."""
