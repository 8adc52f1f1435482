"""The tables of the parser and of its lexer, walked without building a tree."""

from __future__ import annotations

import re
from functools import cache

from shapecalc.language.lalr import either
from shapecalc.language.lexemes import Lexeme, begins_statement


class Automaton:
    """The tables of the parser and of its lexer, walked without building a tree."""

    def __init__(self) -> None:
        from shapecalc.language.grammar import diagram_parser

        self.tables = diagram_parser()[0].tables
        self.table = [row for _, row in self.tables.states]
        word = re.compile(r"[^\W\d]\w*")
        self._words = {
            value: name
            for _, words in self.tables.lexers
            for value, name in words.get("NAME", {}).items()
            if word.fullmatch(value)
        }
        self._lexers: dict[int, tuple[re.Pattern[str], dict[str, str]]] = {}

    def start(self, rule: str) -> tuple[int, ...]:
        """The parser's stack before the first lexeme of a rule."""
        return (self.tables.starts[rule],)

    def shifted(self, before: tuple[int, ...], kind: str) -> tuple[int, ...] | None:
        """The parser's stack after a terminal, or None when it does not fit."""
        stack = list(before)
        while True:
            action = self.table[stack[-1]].get(kind)
            if action is None:
                return None
            if action >= 0:
                return (*stack, action)
            origin, length, *_ = self.tables.rules[-1 - action]
            del stack[len(stack) - length :]
            stack.append(self.table[stack[-1]][origin])

    def token(self, stack: tuple[int, ...], text: str, at: int) -> Lexeme | None:
        """The next lexeme as the grammar's lexer cuts it after a stack."""
        if text.startswith(("let", "block"), at) and begins_statement(text, at):
            word = "let" if text[at] == "l" else "block"
            return Lexeme(word.upper(), at, at + len(word), word)
        pattern, words = self._lexer(stack[-1])
        match = pattern.match(text, at)
        if match is None or match.end() == at:
            return None
        kind = words.get(match.group()) or (match.lastgroup or "")[1:]
        return Lexeme(kind, at, match.end(), match.group())

    def _lexer(self, number: int) -> tuple[re.Pattern[str], dict[str, str]]:
        """The pattern of the terminals that a state takes, and the words that are no names in it."""
        row = self.table[number]
        if number not in self._lexers:
            words = {w: n for w, n in self._words.items() if n in row} if "NAME" in row else {}
            taken = [(n, either(p)) for n, p in self.tables.terminals.items() if n in row and n not in words.values()]
            self._lexers[number] = re.compile("|".join(f"(?P<T{n}>{p})" for n, p in taken) or r"(?!)"), words
        return self._lexers[number]


@cache
def automaton() -> Automaton:
    """The one automaton of the grammar."""
    return Automaton()
