"""What a mistake is judged by: the parser's tables, its states on the way to it, and what gets reading past it."""

from __future__ import annotations

import re
from functools import cache

from shapecalc.core.record import NamedTuple
from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Span
from shapecalc.language.lalr import END
from shapecalc.language.lexemes import Lexeme, after_blank, ahead, begins_statement, shown
from shapecalc.notations.layer_words import INPUTS


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


SIGNS = {"LPAR": "(", "LSQB": "[", "RPAR": ")", "RSQB": "]"}
"""Brackets by their terminals."""
_CLOSER = {"LPAR": "RPAR", "LSQB": "RSQB"}
_START = Lexeme("start", 0, 0, "")


class OpenBracket(NamedTuple):
    """A bracket that is not closed yet; `foreign_closer` is the closer of an opener that is not ours."""

    kind: str
    at: Lexeme
    item: int
    branch: bool
    foreign_closer: str = ""
    reported: bool = False

    @property
    def closer(self) -> str:
        """The terminal that closes it."""
        return _CLOSER[self.kind]

    @property
    def sign(self) -> str:
        """The character that closes it."""
        return SIGNS[self.closer]


class State(NamedTuple):
    """The parser after some lexemes: its stack, what was read last, what is open, and where the last item begins."""

    stack: tuple[int, ...]
    past: tuple[Lexeme, ...] = ()
    open: tuple[OpenBracket, ...] = ()
    item: int = 0
    statement: str = ""
    """The terminal that began the statement."""

    @property
    def row(self) -> dict[str, int]:
        """What the parser's table says of every terminal."""
        return automaton().table[self.stack[-1]]

    @property
    def last(self) -> Lexeme:
        """What was read last."""
        return self.past[-1] if self.past else _START

    def accepts(self, *kinds: str) -> bool:
        """Whether any of these terminals may come next."""
        return any(kind in self.row and automaton().shifted(self.stack, kind) is not None for kind in kinds)

    def take(self, token: Lexeme) -> State | None:
        """The state after a terminal, or None where it does not fit."""
        kind = token.kind
        if kind in ("RPAR", "RSQB") and (not self.open or self.open[-1].closer != kind):
            return None
        stack = automaton().shifted(self.stack, kind)
        if stack is None:
            return None
        begins = kind in ("NAME", "SHORT", "AT") or (kind == "LSQB" and self.last.kind != "NAME")
        begins = begins or (kind == "SIZE" and "ARROW" not in self.row)
        in_arguments = bool(self.open) and self.open[-1].kind == "LPAR"
        item = token.start if begins and "AT" in self.row and not in_arguments else self.item
        brackets, statement = self.open, self.statement
        if not brackets and "LET" in self.row:
            statement = kind
        if kind in _CLOSER:
            branch = kind == "LSQB" and self.last.kind == "NAME" and item < token.start
            brackets = (*brackets, OpenBracket(kind, token, item, branch))
        elif kind in ("RPAR", "RSQB"):
            item, brackets = brackets[-1].item, brackets[:-1]
        return State(stack, (*self.past[-11:], token), brackets, item, statement)

    def feed(self, at: int, *kinds: str) -> State:
        """The state after terminals that stand for what was meant at an offset, as far as they fit."""
        state = self
        for kind in kinds:
            after = state.take(Lexeme(kind, at, at, ""))
            if after is None:
                break
            state = after
        return state


class Recovery(NamedTuple):
    """A mistake, the state of the parser with what was meant, and where reading goes on."""

    report: Diagnostic | None
    state: State
    resume: int
    read_as: tuple[Edit, ...] = ()
    """What another notation is read as: no mistake."""


class ErrorContext:
    """The place where the parser stopped, and how it got there."""

    def __init__(self, text: str, start: str) -> None:
        self.text = text
        self.token = _START
        """What is there, right or wrong."""
        self.state = State(automaton().start(start))
        self.history: dict[int, State] = {}
        """The state before every lexeme that was read, by its offset."""
        self.pending_closers: list[str] = []
        """Closers still to come of brackets that were reported and closed already."""
        self.rewritten: set[Span] = set()
        """What was rewritten already: once is enough."""
        self.of_items: dict[tuple[str, int], re.Match[str] | None] = {}
        """What patterns match at the beginnings of items, where every mistake in an item tries them."""
        self.too_long: set[tuple[str, int]] = set()
        """Patterns and where their long matches end that could not be rewritten: a later beginning is of no use."""
        match = re.search(r"(?<![-=])[-=]>(?![>=])|→|⇒", text)
        self.arrow = match.group() if match else "=>"
        """The arrow that the writer uses."""

    @property
    def last(self) -> Lexeme:
        """What was read last."""
        return self.state.last

    @property
    def seen(self) -> Lexeme:
        """What is in the text before this place, leaving out what was only meant."""
        return next((lex for lex in reversed(self.state.past) if lex.text), _START)

    @property
    def inner(self) -> OpenBracket | None:
        """The innermost open bracket."""
        return self.state.open[-1] if self.state.open else None

    @property
    def in_arguments(self) -> bool:
        """Whether that is a round one."""
        return self.inner is not None and self.inner.kind == "LPAR"

    @property
    def wants_item(self) -> bool:
        """Whether a layer is expected, and none has just ended."""
        return not self.in_arguments and self.state.accepts("AT") and not self.state.accepts("ARROW")

    @property
    def past_item(self) -> bool:
        """Whether a layer or a group has just ended."""
        return self.state.accepts("ARROW")

    def gap(self) -> Span:
        """The place of the lexeme; at the end of a file, after what was read last."""
        if self.token.kind != "end":
            return (self.token.start, self.token.end)
        return (max(self.last.end - 1, 0), self.last.end) if self.state.past else (0, 0)


def begins_item(token: Lexeme) -> bool:
    """Whether a lexeme can be the first of a layer, a group or a tap."""
    return token.kind in ("word", "opener") or token.text == "@"


def what(token: Lexeme) -> str:
    """A lexeme in a sentence."""
    if token.kind == "end":
        return "the end of the file"
    return shown(token.text) if token.kind in ("word", "number", "size", "quoted") else f"'{shown(token.text)}'"


def edit(span: Span, content: str, title: str, *, safe: bool = False) -> tuple[Fix, ...]:
    """The fix that writes something else."""
    return (Fix(title, (Edit(span, content),), "safe" if safe else "unsafe"),)


def follows(state: State, text: str, at: int) -> bool:
    """Whether what is at an offset may come next; the end of the text may also come where brackets are open."""
    at = after_blank(text, at)
    if at >= len(text):
        return bool(state.open) or state.accepts(END)
    token = automaton().token(state.stack, text, at)
    return token is not None and not joins_nothing(state, text, token) and state.take(token) is not None


def joins_nothing(state: State, text: str, token: Lexeme) -> bool:
    """Whether a layer that could begin a chain of its own follows another one without an arrow."""
    if token.kind == "LPAR" == state.last.kind:
        return _doubled(text, token)
    if token.kind == "LSQB" and state.last.kind == "NAME":
        return False
    if token.kind == "SIZE" and state.last.kind in ("NUMBER", "SIZE") and not state.open and "ARROW" in state.row:
        return True
    ends = "ARROW" in state.row and "LET" in state.row
    if state.open or token.kind not in ("NAME", "SHORT", "LSQB") or not ends:
        return False
    below = not text[text.rfind("\n", 0, token.start) + 1 : token.start].strip()
    if (state.statement == "BLOCK" and below) or state.statement in ("LET", "BOUND"):
        return False
    head = re.compile(r"[\[\s]*(?:@|\d|\w+\s*\[[\[\s]*@|\w+\s*=(?!>)|(\w+))").match(text, token.start)
    return not head or (head[1] or "INPUT").upper() not in INPUTS


def _doubled(text: str, second: Lexeme) -> bool:
    """Whether the second of two `(` has no closer of its own."""
    depth = 0
    text = re.sub(r"\[([\d\s,]*)\]", r"(\1)", text)  # a list of numbers in a tuple is one of its values
    for after, other in ahead(text, second.start, 60):
        if depth < 0 or other.kind == "arrow" or other.text in ("[", "]", ":", "|", "for"):
            break
        depth = after
    return depth == 0 and text[second.start - 1] == "("
