"""The YAML of nearly all front matter: keys with words, quoted texts, lists, and `{…}` or `[…]` in one line.

To load PyYAML takes more than twice as long as to start Python. What is read here is read as PyYAML reads it, place by
place; any text with more in it is left to PyYAML as a whole, and so is every text that is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence as Several
from typing import NoReturn

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.record import NamedTuple
from shapecalc.settings.yaml_nodes import Mapping, Scalar, Sequence, YamlNode, kind_of

_DEEPEST = 20
"""Collections inside each other."""
_KEY = lazy_pattern(r"([A-Za-z_][A-Za-z0-9_-]{0,99}):(?: +(?=\S)|$)")
_BULLET = "- "
_QUOTED = lazy_pattern(r"""'((?:[^']|'')*)'|"([^"\\]*)\"""")
_WORDS = lazy_pattern(r"(?:[A-Za-z0-9_(<=~+./]|-\d)(?:(?!: | #).)*(?<!:)$")
"""A plain text to the end of its line."""
_WORDS_INSIDE = lazy_pattern(r"""(?:[A-Za-z0-9_(<=~]|-\d)(?:[^,\[\]{}:#?&*!|>'"%@`]*[^,\[\]{}:#?&*!|>'"%@` ])?""")
"""A plain text inside of brackets."""


class _Unusual(Exception):
    """There is something that is not read here."""


class _Line(NamedTuple):
    """A line without its indentation."""

    column: int
    place: int
    """The offset of its first character in the file."""
    text: str


def read_plain(text: str, start: int, end: int) -> Mapping | None:
    """The mapping between two offsets of a text; None where PyYAML has to look at it."""
    try:
        lines = _lines(text, start, end)
        if not lines or lines[0].column:
            return None
        reader = _Reader(lines)
        root = reader.collection(0)
        return root if isinstance(root, Mapping) and reader.at == len(lines) and root.depth < _DEEPEST else None
    except (_Unusual, RecursionError):
        return None


def _lines(text: str, start: int, end: int) -> list[_Line]:
    """The lines that say something, without comments.

    Raises _Unusual for white space at their ends, and for what is no character.
    """
    found = []
    for line in text[start:end].split("\n"):
        if line:
            if line[-1] == " " or not line.isprintable():
                _give_up()
            written = line.lstrip(" ")
            column = len(line) - len(written)
            said, comment, _ = written.partition(" #")
            if comment and ("'" in said or '"' in said):
                _give_up()  # it may be in quotes
            if written[0] != "#":
                found.append(_Line(column, start + column, said.rstrip(" ")))
        start += len(line) + 1
    return found


class _Reader:
    """Reads lines from the first one on. Every method raises _Unusual."""

    def __init__(self, lines: list[_Line]) -> None:
        self.lines, self.at = lines, 0

    def _line(self) -> _Line | None:
        return self.lines[self.at] if self.at < len(self.lines) else None

    def collection(self, column: int) -> YamlNode:
        """The mapping or the list whose first line is the next one."""
        if self.lines[self.at].text.startswith(_BULLET):
            return self._sequence(column)
        return self._mapping(column)

    def _mapping(self, column: int) -> Mapping:
        start, entries = self.lines[self.at].place, []
        while (line := self._line()) and line.column >= column:
            found = _KEY.match(line.text)
            if found is None or line.column > column:
                _give_up()
            self.at += 1
            value = _whole(line, found.end()) if found.end() < len(line.text) else self._below(column)
            entries.append((_scalar(found[1], line.place), value))
        return _mapping(entries, (start, max(key.span[1] for pair in entries for key in pair)))

    def _below(self, column: int) -> YamlNode:
        """The value of a key that has none in its own line: further in, or a list right below it."""
        line = self._line()
        if line is None or line.column < column or (line.column == column and not line.text.startswith(_BULLET)):
            _give_up()
        return self.collection(line.column)

    def _sequence(self, column: int) -> Sequence:
        start, items = self.lines[self.at].place, []
        while (line := self._line()) and line.column == column and line.text.startswith(_BULLET):
            inner = _Line(column + len(_BULLET), line.place + len(_BULLET), line.text[len(_BULLET) :])
            if inner.text.startswith(_BULLET) or _KEY.match(inner.text):
                self.lines[self.at] = inner  # what follows is as far in as this
                items.append(self.collection(inner.column))
            else:
                self.at += 1
                items.append(_whole(inner, 0))
        return _sequence(items, (start, max(item.span[1] for item in items)))


def _whole(line: _Line, at: int) -> YamlNode:
    """The value that is all that is left of a line. Raises _Unusual."""
    if line.text[at] not in "'\"[{":
        if not _WORDS.match(line.text, at):
            _give_up()
        return _scalar(line.text[at:], line.place + at)
    node, end = _value(line, at)
    if end < len(line.text):
        _give_up()
    return node


def _value(line: _Line, at: int) -> tuple[YamlNode, int]:
    """The value that begins at a column of a line, inside of brackets unless it is quoted, and where it ends."""
    opening = line.text[at : at + 1]
    if opening in ("[", "{"):
        return _bracketed(line, at, "]" if opening == "[" else "}")
    if quoted := _QUOTED.match(line.text, at):
        single, double = quoted.groups()
        content = double if single is None else single.replace("''", "'")
        span = (line.place + at + 1, line.place + quoted.end() - 1)
        return Scalar(content, "str", opening, span), quoted.end()
    words = _WORDS_INSIDE.match(line.text, at) or _give_up()
    return _scalar(words[0], line.place + at), words.end()


def _bracketed(line: _Line, start: int, closing: str) -> tuple[YamlNode, int]:
    """The list or the mapping between brackets, of one entry or more, and where it ends. Raises _Unusual."""
    entries: list[tuple[Scalar, YamlNode]] = []
    items: list[YamlNode] = []
    at = start
    while not items or line.text[at : at + 1] == ",":
        at = _after_blanks(line, at + 1)
        if closing == "}":
            found = _KEY.match(line.text, at) or _give_up()
            key, at = _scalar(found[1], line.place + at), found.end()
        item, at = _value(line, at)
        at = _after_blanks(line, at)
        items.append(item)
        if closing == "}":
            entries.append((key, item))
    if line.text[at : at + 1] != closing:
        _give_up()
    span = (line.place + start, line.place + at + 1)
    return _mapping(entries, span) if entries else _sequence(items, span), at + 1


def _after_blanks(line: _Line, at: int) -> int:
    while line.text[at : at + 1] == " ":
        at += 1
    return at


def _scalar(text: str, place: int) -> Scalar:
    return Scalar(text, kind_of(text), "", (place, place + len(text)))


def _mapping(entries: Several[tuple[Scalar, YamlNode]], span: tuple[int, int]) -> Mapping:
    if len({key.text for key, _ in entries}) < len(entries):
        _give_up()  # whoever says that keys are given twice
    return Mapping(tuple(entries), span, *_extent([part for pair in entries for part in pair]))


def _sequence(items: Several[YamlNode], span: tuple[int, int]) -> Sequence:
    return Sequence(tuple(items), span, *_extent(items))


def _extent(parts: Several[YamlNode]) -> tuple[int, int]:
    """The number of nodes of a collection, and how deep it nests."""
    return 1 + sum(part.nodes for part in parts), 1 + max(part.depth for part in parts)


def _give_up() -> NoReturn:
    raise _Unusual
