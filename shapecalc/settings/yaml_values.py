"""Reads values, sizes, figures and pieces of diagram out of YAML nodes, as nodes of the syntax tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.phrases import shortened, size_text
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Span, report
from shapecalc.diagnostics.spelling import nearest
from shapecalc.language import syntax
from shapecalc.language.figures import parse_figure
from shapecalc.language.relocate import parse_at
from shapecalc.parse import parse_value
from shapecalc.settings.yaml_nodes import Mapping, Scalar, Sequence, YamlNode

T = TypeVar("T")

COUNTS = (
    "params", "weights", "biases", "trainable", "buffers", "macs", "flops", "activations", "memory",
)  # fmt: skip
"""Figures that may be claimed of a layer."""

NAME = lazy_pattern(r"[^\W\d]\w*")
_NUMBER = lazy_pattern(r"[0-9][0-9_]{0,29}(\.[0-9]{1,29})?([eE][-+]?[0-9]{1,2})?")
SIZE = lazy_pattern(r"[0-9]{1,9}(?:\s*[xX×]\s*[0-9]{1,9})+")
_OTHER_BASE = lazy_pattern(r"0o[0-7]+|0x[0-9a-fA-F]+")


class YamlFile:
    """The text that nodes point into, and the problems found in it so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.problems: list[Diagnostic] = []

    def report(self, message: str, span: Span, *, code: str = "SHP118", **more: Any) -> None:
        """Adds a problem; reading goes on."""
        self.problems.append(report(code, message, span, **more))

    def attempt(self, read: Callable[..., T], *arguments: Any, **more: Any) -> T | None:
        """What a function returns, or None with its Diagnosed added to the problems."""
        try:
            return read(*arguments, **more)
        except Diagnosed as problem:
            self.problems.extend(problem.diagnostics)
            return None

    def raise_problems(self) -> None:
        """Raises Diagnosed with every problem, in the order of the file, if there is any."""
        if self.problems:
            raise Diagnosed(*sorted(dict.fromkeys(self.problems), key=lambda d: d.span))

    def unknown_key(self, key: Scalar, known: Iterable[str], where: str) -> None:
        """Complains about a key that nothing reads."""
        names = tuple(known)
        guess = nearest(key.text, names)
        if re.fullmatch(r"\d+", key.text):
            helps = "a comma inside { } begins a new entry: put the whole value in quotes"
        elif guess:
            helps = f"write {guess}"
        else:
            helps = f"the keys are {', '.join(names)}"
        label = f"did you mean {guess}?" if guess else "not a key"
        self.report(f"{where} has no key '{shortened(key.text)}'", key.span, code="SHP117", label=label, help=(helps,))

    def verbatim(self, scalar: Scalar) -> bool:
        """Whether the file's own text of a scalar can be read in place; reports it when escapes forbid it."""
        raw = self.text[slice(*scalar.span)]
        if scalar.style not in ("'", '"') or raw.split() == scalar.text.split():
            return True
        help = ("write it as a block: the key, then | and the text indented on the lines below",)
        self.report("a quoted text with escapes cannot be read in place", scalar.span, help=help)
        return False

    def trimmed(self, scalar: Scalar) -> Span:
        """The span of a scalar without the white space around its text."""
        start, end = scalar.span
        raw = self.text[start:end]
        return start + len(raw) - len(raw.lstrip()), start + len(raw.rstrip()) if raw.strip() else start

    def scalar(self, node: YamlNode, what: str, expected: str) -> Scalar | None:
        """The node if it is a value that says something; reports it otherwise."""
        if not isinstance(node, Scalar):
            found = "a list" if isinstance(node, Sequence) else "a mapping"
            self.report(f"{what} is {found}, not {expected}", node.span, label=f"expected {expected}")
            return None
        if node.kind == "null" or not node.text.strip():
            self.report(f"{what} has no value", node.span, label=f"expected {expected}")
            return None
        return node

    def mapping(self, node: YamlNode, what: str, of: str) -> Mapping | None:
        """The node if it is a mapping; nothing stands for an empty one; reports it otherwise."""
        if isinstance(node, Mapping):
            return node
        if isinstance(node, Scalar) and node.kind == "null":
            return Mapping((), node.span, 1, 1)
        self.report(f"{what} is not a mapping", node.span, label=f"expected {of}")
        return None

    def expression(self, node: YamlNode, what: str) -> syntax.Expression | None:
        """A number, a size, a word, a range: whatever is after `=` in a diagram."""
        if isinstance(node, Sequence):
            items = [self.expression(item, what) for item in node.items]
            if None in items:
                return None
            return syntax.Tuple(tuple(item for item in items if item is not None), node.span)
        scalar = self.scalar(node, what, "a value such as 3, 3x5 or same")
        if scalar is None or not self.verbatim(scalar):
            return None
        return self.attempt(self._value, scalar)

    def _value(self, scalar: Scalar) -> syntax.Expression:
        """Raises Diagnosed. The common forms are read here: a config seldom needs the parser of values."""
        from shapecalc.language.build import number, size_literal

        span = self.trimmed(scalar)
        text = self.text[slice(*span)]
        if scalar.kind == "int" and _OTHER_BASE.fullmatch(text):
            value = int(text, 0) if len(text) <= 30 else "a decimal number"
            raise Diagnosed(report("SHP118", f"{shortened(text)} is not decimal", span, help=(f"write {value}",)))
        if scalar.kind in ("int", "float") and not text.startswith("-"):
            plain = re.sub(r"^\.", "0.", text.lstrip("+")).replace(".e", "e").removesuffix(".")
            if _NUMBER.fullmatch(plain):
                return number(plain, span)
        if _NUMBER.fullmatch(text):
            return number(text, span)
        if SIZE.fullmatch(text):
            return size_literal(text, span)
        if NAME.fullmatch(text):
            return syntax.Name(text, span)
        return parse_at(parse_value, self.text, span)

    def size(self, node: YamlNode, what: str) -> syntax.SizeLiteral | None:
        """A volume, `227x227x3` or `[227, 227, 3]`."""
        value = self.expression(node, what)
        if value is None:
            return None
        sizes: tuple[Any, ...] = ()
        if isinstance(value, syntax.SizeLiteral):
            sizes = value.sizes
        elif isinstance(value, syntax.Tuple):
            sizes = tuple(item.value if isinstance(item, syntax.Number) else 0 for item in value.items)
        if 2 <= len(sizes) <= 4 and all(isinstance(n, int) and n > 0 for n in sizes):
            return syntax.SizeLiteral(sizes, value.span)
        written = shortened(self.text[slice(*node.span)])
        label = "expected width x height x depth, such as 224x224x3"
        self.report(f"{what} is '{written}', not a volume", node.span, label=label)
        return None

    def word(self, node: YamlNode, what: str, choices: tuple[str, ...]) -> str | None:
        """One of a few words."""
        scalar = self.scalar(node, what, f"one of {', '.join(choices)}")
        if scalar is None:
            return None
        if scalar.text.lower() in choices:
            return scalar.text.lower()
        label, guess = f"expected one of {', '.join(choices)}", nearest(scalar.text, choices)
        help = (f"write {guess}",) if guess else ()
        self.report(f"{what} is '{shortened(scalar.text)}'", scalar.span, label=label, help=help)
        return None

    def claim(self, key: str, node: YamlNode) -> syntax.Claim | None:
        """A claimed volume (keys `volume` and `output`) or figure."""
        if key in ("output", "volume"):
            size = self.size(node, key)
            return syntax.Claim("volume", size_text(size.sizes), size.span) if size else None
        scalar = self.scalar(node, key, "a figure such as 34944, 61M or <= 5M")
        if scalar is None:
            return None
        try:
            figure = parse_figure(scalar.text)
        except ValueError as error:
            self.report(f"{key}: {error}", scalar.span, label="not a figure")
            return None
        if figure.unit and key != "memory":
            self.report(f"{key} is a count, and {figure} is bytes", scalar.span)
            return None
        return syntax.Claim(key, figure.text, self.trimmed(scalar))

    def arguments(self, node: YamlNode, of: str) -> tuple[syntax.Argument, ...]:
        """The arguments of a layer: by name from a mapping, by place from a list or a single value."""
        if isinstance(node, Mapping):
            return tuple(a for key, value in node.entries if (a := self._keyword(key, value, of)) is not None)
        if isinstance(node, Scalar) and node.kind == "null":
            return ()
        values = node.items if isinstance(node, Sequence) else (node,)
        read = (self.expression(value, f"an argument of {of}") for value in values)
        return tuple(syntax.Argument(None, value, value.span) for value in read if value is not None)

    def _keyword(self, key: Scalar, node: YamlNode, of: str) -> syntax.Argument | None:
        if not NAME.fullmatch(key.text):
            name, colon, rest = key.text.partition(":")
            help = (f"write {name}: {rest}, with a space after the colon",) if colon and NAME.fullmatch(name) else ()
            self.report(f"'{shortened(key.text)}' is not the name of an argument of {of}", key.span, help=help)
            return None
        value = self.expression(node, f"{key.text} of {of}")
        return syntax.Argument(key.text, value, (key.span[0], value.span[1])) if value else None
