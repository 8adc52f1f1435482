"""The automaton of the diagram grammar: LALR tables as Lark makes them, and the loop that walks them over a text."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shapecalc.core.record import NamedTuple

END = "$END"


def either(alternatives: Sequence[tuple[str, str]], first: str = "") -> str:
    """The regular expression of those alternatives that may begin with a character; nothing where none may."""
    return "|".join([pattern for pattern, begins in alternatives if first in begins])


class Production(NamedTuple):
    """One expansion of a rule of the grammar."""

    origin: str
    length: int
    """How many parts it has."""
    method: str
    """Of the builder, which makes a node of the parts; nothing where the parts stay as they are."""
    inlined: tuple[int, ...]
    """The parts that are lists of parts themselves: what Lark calls `_rule`, and repetitions."""
    single: bool
    """Whether one part alone stays what it is."""


class Tables(NamedTuple):
    """What Lark knows of a grammar, as plain values."""

    terminals: Mapping[str, Sequence[tuple[str, str]]]
    """By name, in the order in which they are tried: each alternative as a regular expression, and the ASCII characters
    that it may begin with; with others any may."""
    lexers: Sequence[tuple[Sequence[str], dict[str, dict[str, str]]]]
    """The terminals that may come, and which words are others: `{"NAME": {"let": "LET"}}`."""
    states: Sequence[tuple[int, dict[str, int]]]
    """The lexer of a state, and for every symbol the next state, or a rule as −1 − its number.

    At the end of a whole text `$END` leads on, too.
    """
    rules: Sequence[Production]
    """Those made beforehand are plain tuples of the same."""
    starts: dict[str, int]
    ignored: frozenset[str]


class Token(str):
    """A lexeme of the text, with its place."""

    __slots__ = ("end_pos", "start_pos", "type")
    type: str
    start_pos: int
    end_pos: int

    @classmethod
    def of(cls, type_: str, text: str, start: int) -> Token:
        """The lexeme of a terminal that begins at an offset."""
        token = cls(text)
        token.type, token.start_pos, token.end_pos = type_, start, start + len(text)
        return token


Match = Callable[[str, int], "re.Match[str] | None"]
Matcher = tuple[Match, str, "dict[str, str] | None"]
"""What finds a terminal at an offset, its name, and the words that are others; no name for what is ignored."""


class Parser:
    """Tables with their regular expressions, each compiled when it is first needed."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._matchers: list[dict[str, list[Matcher]]] = [{} for _ in tables.lexers]
        """By lexer and by the character that comes."""
        self._compiled: dict[str, Match] = {}

    def parse(self, start: str, text: str, builder: object) -> Any:
        """What a builder makes of a text that is derived from `start`; None where it is not.

        Every rule calls the builder's method of its name with its parts. What the method raises is passed on.
        """
        lexers, rows = zip(*self.tables.states, strict=True)
        reductions = [
            (origin, length, getattr(builder, method) if method else _parts, inlined, single)
            for origin, length, method, inlined, single in reversed(self.tables.rules)
        ]  # the last is the first rule, which is −1
        stack: list[int] = []
        values: list[Any] = []
        state, at = self.tables.starts[start], 0
        while True:
            stack.append(state)
            token = self.next_token(lexers[state], text, at)
            if token is None:
                return None
            row, kind, at = rows[state], token.type, token.end_pos
            while (state := row.get(kind, _ERROR)) < 0:
                origin, length, method, inlined, single = reductions[state]
                parts: list[Any] = []
                if length:
                    parts = values[-length:]
                    del stack[-length:], values[-length:]
                if inlined:
                    parts = _flattened(parts, inlined)
                values.append(parts[0] if single and len(parts) == 1 else method(parts))
                state = rows[stack[-1]][origin]
                stack.append(state)
                row = rows[state]
            if kind == END or state is _ERROR:
                return None if state is _ERROR else values[-1]
            values.append(token)

    def next_token(self, lexer: int, text: str, at: int) -> Token | None:
        """The next lexeme that a lexer cuts; None where there is none, `$END` at the end of the text."""
        by_character, size = self._matchers[lexer], len(text)
        while at < size:
            for match, name, words in by_character.get(text[at]) or self._beginning_with(text[at], lexer):  # noqa: B007
                if found := match(text, at):
                    break
            else:
                return None
            end = found.end()
            if name:
                token = Token(text[at:end])  # as `of` does, which takes a tenth of the time of a parse
                token.type, token.start_pos, token.end_pos = words.get(token, name) if words else name, at, end
                return token
            at = end
        return Token.of(END, "", at)

    def _beginning_with(self, character: str, lexer: int) -> list[Matcher]:
        """What finds the terminals of a lexer that may begin with a character."""
        by_character, (names, words) = self._matchers[lexer], self.tables.lexers[lexer]
        key = character if character.isascii() else ""
        if key not in by_character:
            found: list[Matcher] = []
            for name in names:
                if pattern := either(self.tables.terminals[name], key):
                    shown = "" if name in self.tables.ignored else name
                    found.append((self._match(pattern), shown, words.get(name)))
            by_character[key] = found
        return by_character[key]

    def _match(self, pattern: str) -> Match:
        if pattern not in self._compiled:
            self._compiled[pattern] = re.compile(pattern).match
        return self._compiled[pattern]


_ERROR = sys.maxsize


def _parts(parts: list[Any]) -> list[Any]:
    """What is made of parts where no method makes more of them: no copy, as a chain is added to each time."""
    return parts


def _flattened(parts: list[Any], inlined: tuple[int, ...]) -> list[Any]:
    """The parts, with those of the inlined ones in their place.

    A list at the beginning grows: a chain of thousands is made of as many longer and longer ones.
    """
    whole: list[Any] = []
    for place, part in enumerate(parts):
        if place in inlined:
            whole = [*whole, *part] if whole else part
        else:
            whole.append(part)
    return whole
