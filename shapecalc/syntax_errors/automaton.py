"""The tables of the parser and of its lexer, walked without building a tree."""

from __future__ import annotations

from functools import cache

from shapecalc.language.lalr import END
from shapecalc.language.lexemes import Lexeme, begins_statement


class Automaton:
    """The tables of the parser and of its lexer, walked without building a tree."""

    def __init__(self) -> None:
        from shapecalc.language.grammar import diagram_parser

        self._parser = diagram_parser()[0]
        self.table = [row for _, row in self._parser.tables.states]

    def start(self, rule: str) -> tuple[int, ...]:
        """The parser's stack before the first lexeme of a rule."""
        return (self._parser.tables.starts[rule],)

    def shifted(self, before: tuple[int, ...], kind: str) -> tuple[int, ...] | None:
        """The parser's stack after a terminal, or None when it does not fit."""
        stack = list(before)
        while True:
            action = self.table[stack[-1]].get(kind)
            if action is None:
                return None
            if action >= 0:
                return (*stack, action)
            origin, length, *_ = self._parser.tables.rules[-1 - action]
            del stack[len(stack) - length :]
            stack.append(self.table[stack[-1]][origin])

    def token(self, stack: tuple[int, ...], text: str, at: int) -> Lexeme | None:
        """The next lexeme as the grammar's lexer cuts it after a stack; None where there is none."""
        if text.startswith(("let", "block"), at) and begins_statement(text, at):
            word = "let" if text[at] == "l" else "block"
            return Lexeme(word.upper(), at, at + len(word), word)
        token = self._parser.next_token(self._parser.tables.states[stack[-1]][0], text, at)
        return Lexeme(token.type, token.start_pos, token.end_pos, str(token)) if token and token.type != END else None


@cache
def automaton() -> Automaton:
    """The one automaton of the grammar."""
    return Automaton()
