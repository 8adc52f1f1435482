"""Says what is wrong with a text that does not parse, in the writer's terms: every mistake once, none that follows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics.diagnostic import Diagnostic, report
from shapecalc.syntax_errors.brackets import doubled
from shapecalc.syntax_errors.cases import CASES, unexpected
from shapecalc.syntax_errors.context import OpenBracket, Recovery
from shapecalc.syntax_errors.lexemes import Lexeme, after_blank, begins_statement, lexeme
from shapecalc.syntax_errors.missing_arrows import INPUTS, missing_arrows
from shapecalc.syntax_errors.other_languages import other_language

if TYPE_CHECKING:
    from lark import Lark
    from lark.exceptions import UnexpectedInput

__all__ = ["diagnose", "missing_arrows"]

MOST = 20
"""Diagnostics that are worth reading at once."""
MOST_PLACES = 200
"""Mistakes after which the rest of a text is not read."""

_CLOSES = {"RPAR": "LPAR", "RSQB": "LSQB"}


def diagnose(text: str, error: UnexpectedInput, start: str = "start") -> tuple[Diagnostic, ...]:
    """Every syntax error of a text, in order, given the first that the parser met; at most 20.

    `start` is the rule that the whole text should be. Spans lie in the text, offsets count its code points.
    """
    foreign = other_language(text)
    if foreign:
        return (foreign,)
    reader = Reader(text, start)
    reader.read()
    if not reader.found:
        at = min(error.pos_in_stream or 0, max(len(text) - 1, 0))
        reader.found.append(report("SHP001", "unexpected text", (at, min(at + 1, len(text)))))
    found = sorted(_merged(reader.found, text), key=lambda d: d.span)
    return tuple(found[:MOST])


def _merged(found: Iterable[Diagnostic], text: str) -> list[Diagnostic]:
    """One diagnostic for each message: the first place stands for the others, whose edits it takes over."""
    groups: dict[tuple[str, str], list[Diagnostic]] = {}
    for diagnostic in found:
        groups.setdefault((diagnostic.code, diagnostic.message), []).append(diagnostic)
    result = []
    for first, *others in groups.values():
        if others and first.code in ("SHP005", "SHP006"):
            lines = sorted({1 + text.count("\n", 0, d.span[0]) for d in others})
            where = ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")
            note = f"and {len(others)} more on line{'s' * (len(lines) > 1)} {where}"
            edits = tuple(edit for d in (first, *others) for fix in d.fixes[:1] for edit in fix.edits)
            fixes = tuple(replace(fix, edits=edits) for fix in first.fixes[:1])
            result.append(replace(first, notes=(*first.notes, note), fixes=fixes))
        else:
            result.extend((first, *others))
    return result


class Reader:
    """Walks a text through the parser's table, mends what does not fit, and goes on.

    Only the states of the parser are kept, no tree is built. The cases of mistakes.py decide what a mistake
    is called and how it is mended; `can`, `open`, `past` and `item` are what they look at.
    """

    def __init__(self, text: str, start: str) -> None:
        from shapecalc.language.grammar import diagram_parser

        self.text = text
        self._lexers = _lexers()
        state = diagram_parser()[0].parse_interactive("", start).parser_state
        self._table: dict[Any, dict[str, Any]] = state.parse_conf.states
        self._end = state.parse_conf.end_state
        self._states: list[Any] = list(state.state_stack)
        self.at = 0
        self.item = 0
        """Where the item begins that was read last."""
        self.open: list[OpenBracket] = []
        self.past: list[Lexeme] = []
        """What was read, by the parser's names."""
        self.forgiven: list[str] = []
        """Closers still to come of brackets that were reported and closed already."""
        self.found: list[Diagnostic] = []
        self._statement = ""
        """The terminal that began the statement."""
        self._fed = 2
        """Lexemes that went in since the last mistake."""
        match = re.search(r"(?<![-=])[-=]>(?![>=])|→|⇒", text)
        self.arrow = match.group() if match else "=>"
        """The arrow that the writer uses."""

    def read(self) -> None:
        """Reads the whole text, or until there are more mistakes than anybody reads."""
        stuck = places = 0
        while places < MOST_PLACES and len(self.found) < 10 * MOST:
            self.at = after_blank(self.text, self.at)
            before = self.at
            token = self._token()
            if token and self._joins_nothing(token):
                self._mend(False)
                continue
            if token and self._feed(token):
                self.at, self._fed = token.end, self._fed + 1
                stuck = 0
                continue
            if self.at >= len(self.text) and not self.open and self._accepts("$END"):
                return
            places += 1
            self._mend(places > 3 and stuck > 3)
            stuck = 0 if self.at > before else stuck + 1
            if stuck > 8 or (self.at >= len(self.text) and stuck > 4 + len(self.open)):
                return

    def _joins_nothing(self, token: Lexeme) -> bool:
        """Whether a layer that could begin a chain of its own stands behind one without an arrow between."""
        row = self._table[self._states[-1]]
        if token.kind == "LPAR" == self.last.kind:
            return doubled(self, token)
        if token.kind == "LSQB" and self.last.kind == "NAME":
            return False
        if token.kind == "SIZE" and self.last.kind in ("NUMBER", "SIZE") and not self.open and "ARROW" in row:
            return True
        if self.open or token.kind not in ("NAME", "SHORT", "LSQB") or "ARROW" not in row or "LET" not in row:
            return False
        below = "\n" in self.text[self.seen.end : token.start]
        if (self._statement == "BLOCK" and below) or self._statement in ("LET", "BOUND"):
            return False
        head = re.compile(r"[\[\s]*(?:@|\d|\w+\s*\[[\[\s]*@|\w+\s*=(?!>)|(\w+))").match(self.text, token.start)
        return not head or (head[1] or "INPUT").upper() not in INPUTS

    def can(self, *kinds: str) -> bool:
        """Whether any of these terminals may come next."""
        return any(kind in self._table[self._states[-1]] and self._accepts(kind) for kind in kinds)

    @property
    def last(self) -> Lexeme:
        """What was read last."""
        return self.past[-1] if self.past else Lexeme("start", 0, 0, "")

    @property
    def seen(self) -> Lexeme:
        """What stands in the text in front of this place, leaving out what was only meant."""
        return next((lex for lex in reversed(self.past) if lex.text), Lexeme("start", 0, 0, ""))

    @property
    def accepted(self) -> list[str]:
        """Every terminal that may come next."""
        return sorted(k for k in self._table[self._states[-1]] if k.isupper() and self._accepts(k))

    def _token(self) -> Lexeme | None:
        """The next lexeme as the grammar's lexer cuts it in this state."""
        if self.at >= len(self.text):
            return None
        if self.text.startswith(("let", "block"), self.at) and begins_statement(self.text, self.at):
            word = "let" if self.text[self.at] == "l" else "block"
            return Lexeme(word.upper(), self.at, self.at + len(word), word)
        state = self._states[-1]
        pattern, words = self._lexers.of(state, self._table[state])
        match = pattern.match(self.text, self.at)
        if match is None or match.end() == self.at:
            return None
        kind = words.get(match.group(), match.lastgroup or "")
        return Lexeme(kind.removeprefix("T"), self.at, match.end(), match.group())

    def _accepts(self, kind: str) -> bool:
        return self._shifted(kind) is not None

    def _shifted(self, kind: str) -> list[Any] | None:
        """The parser's states after a terminal, or None when it does not fit."""
        states = list(self._states)
        while True:
            entry = self._table[states[-1]].get(kind)
            if entry is None:
                return None
            action, argument = entry
            if str(action) == "Shift":
                return [*states, argument]
            if argument.expansion:
                del states[-len(argument.expansion) :]
            states.append(self._table[states[-1]][argument.origin.name][1])
            if kind == "$END" and states[-1] == self._end:
                return states

    def _feed(self, token: Lexeme) -> bool:
        """Takes a terminal in, or says that it does not fit."""
        kind = token.kind
        opener = self.open[-1] if self.open else None
        if kind in _CLOSES and (opener is None or opener.kind != _CLOSES[kind]):
            return False
        states = self._shifted(kind)
        if states is None:
            return False
        begins = kind in ("NAME", "SHORT", "SIZE", "AT") or (kind == "LSQB" and self.last.kind != "NAME")
        if begins and "AT" in self._table[self._states[-1]]:
            self.item = token.start
        if not self.open and "LET" in self._table[self._states[-1]]:
            self._statement = kind
        self._states = states
        if kind in _CLOSES.values():
            branch = kind == "LSQB" and self.last.kind == "NAME" and self.item < token.start
            self.open.append(OpenBracket(kind, token, self.item, branch))
        elif kind in _CLOSES:
            self.item = self.open.pop().item
        self.past.append(token)
        del self.past[:-12]
        return True

    def _mend(self, stuck: bool) -> None:
        """Reports the mistake at this place and gets the parser past it."""
        here = lexeme(self.text, self.at)
        repair: Recovery | None = None
        if not stuck:
            repair = next((m for m in (case(self, here) for case in CASES) if m), None)
        if repair is None:
            repair = unexpected(self, here)
            if self._fed < 2:
                repair = replace(repair, report=None)
        if repair.report:
            self.found.append(repair.report)
        resume = max(self.at, repair.resume if repair.resume is not None else here.start)
        place = here if resume > here.start else Lexeme("", self.seen.end, self.seen.end, "")
        for kind in repair.feed:
            if not self._feed(place._replace(kind=kind)):
                break
        if repair.resume is not None and self.open and repair.opened:
            self.open[-1] = replace(self.open[-1], odd=repair.opened)
        self.at = min(resume, len(self.text))
        self._fed = 0


class _Lexers:
    """What the grammar's terminals look like, for every state of the parser: made when it is needed."""

    def __init__(self, parser: Lark) -> None:
        from lark.lexer import PatternStr

        order = sorted(
            parser.terminals, key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name)
        )
        name = re.compile(r"[^\W\d]\w*")
        self._patterns = [(t.name, t.pattern.to_regexp()) for t in order]
        self._words = {
            t.pattern.value: t.name
            for t in order
            if isinstance(t.pattern, PatternStr) and name.fullmatch(t.pattern.value)
        }
        self._made: dict[Any, tuple[re.Pattern[str], dict[str, str]]] = {}

    def of(self, state: Any, row: dict[str, Any]) -> tuple[re.Pattern[str], dict[str, str]]:
        """The pattern of the terminals that a state takes, and the words that are no names in it."""
        if state not in self._made:
            words = {w: n for w, n in self._words.items() if n in row} if "NAME" in row else {}
            taken = [(n, p) for n, p in self._patterns if n in row and n not in words.values()]
            pattern = "|".join(f"(?P<T{n}>{p})" for n, p in taken) or r"(?!)"
            self._made[state] = re.compile(pattern), words
        return self._made[state]


@cache
def _lexers() -> _Lexers:
    from shapecalc.language.grammar import diagram_parser

    return _Lexers(diagram_parser()[0])
