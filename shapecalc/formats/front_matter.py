"""Front matter: the settings of a network, as YAML between two lines of `---` above its diagram."""

from __future__ import annotations

import re
from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Source, Span, report
from shapecalc.diagnostics.spelling import nearest
from shapecalc.formats.yaml.events import Mapping, Scalar, Sequence, YamlNode, read_yaml
from shapecalc.formats.yaml.values import COUNTS, NAME, YamlFile, brief
from shapecalc.language import syntax
from shapecalc.syntax_errors.parse import blank

FREE_TEXT = ("description", "url", "year", "authors", "license", "notes")
"""Keys that are kept for people; nothing reads them."""
KEYS = ("name", "source", "input", "classes", "let", "defaults", "expect", "rounding", "optional", *FREE_TEXT)
"""Every key of the front matter."""
EXPECTED = (*COUNTS, "layers", "output")
"""What `expect` may state of a whole network."""

_FENCE = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:(?<=[ \t])#[^\n]*)?$", re.MULTILINE)


def split_front_matter(source: Source, problems: list[Diagnostic] | None = None) -> tuple[syntax.Settings, str]:
    """The settings of a text that begins with `---`, and the text with the front matter blank.

    The text keeps its length, so that places in the diagram stay right. Every problem of the front matter is added
    to `problems`, or raised as Findings where that is not given: SHP013 where it is not YAML, SHP117 and SHP118 for
    its keys and values. Raises Findings SHP003 where it is never closed.
    """
    text = source.text
    first_line = text.find("\n")
    fence = _FENCE.search(text, first_line + 1) if first_line >= 0 else None
    if fence is None:
        raise Diagnosed(
            report(
                "SHP003",
                "the front matter that begins with --- is never closed",
                (0, 3),
                label="opened here",
                help=("put a line of --- between the front matter and the diagram",),
            )
        )
    file = YamlFile(text)
    settings = syntax.Settings()
    try:
        root = read_yaml(text, 3, fence.start(), file.problems)
    except Diagnosed as fatal:
        file.problems[:] = fatal.diagnostics
        settings = syntax.Settings(lost=frozenset(KEYS))
        root = None
    if root is not None:
        keys = file.mapping(root, "the front matter", "keys such as name: AlexNet")
        settings = read_settings(file, keys, "the front matter") if keys else syntax.Settings(lost=frozenset(KEYS))
    if problems is None:
        file.raise_problems()
    else:
        problems.extend(file.problems)
    return settings, blank(text[: fence.end()]) + text[fence.end() :]


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
        file.complain("SHP118", f"{key} is not a number", node.span, label="expected a number such as 1000")
        return None
    return value


def _lets(file: YamlFile, key: str, node: YamlNode) -> tuple[syntax.Let, ...]:
    lets = []
    for name, value in _entries(file, key, node, "names and values such as N: 3"):
        if not NAME.fullmatch(name.text):
            file.complain("SHP118", f"'{brief(name.text)}' is no name for a value", name.span)
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
}
