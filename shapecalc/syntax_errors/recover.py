"""Says what is wrong with a text that does not parse, in the writer's terms: every mistake once, none that follows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import partial

from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, report
from shapecalc.language.lexemes import Lexeme, after_blank, closer_of, lexeme, shown
from shapecalc.notations.notations import NOTATIONS, whole_text
from shapecalc.notations.other_languages import sentences
from shapecalc.notations.respelling import Respelling
from shapecalc.syntax_errors.brackets import bar, closer, foreign_opener, never_closed
from shapecalc.syntax_errors.context import ErrorContext, Recovery, automaton, joins_nothing, what
from shapecalc.syntax_errors.missing import BAR_OUTSIDE, MISSING, missing_arrow
from shapecalc.syntax_errors.rewrites import REWRITES, STRAYS
from shapecalc.syntax_errors.rewriting import rewrite

MOST = 20
"""Diagnostics that are worth reading at once."""
MOST_PLACES, MOST_READ_AS = 300, 10_000
"""Mistakes after which the rest of a text is not read, and places in another notation."""
_KEPT = 2_000
"""States that are remembered: what is rewritten begins at one of the last lexemes, or with the last item."""
_REPEATED = ("SHP005", "SHP006")
"""Codes of mistakes that a writer makes in the whole text, and that are said once."""
_NO_LAYER = ", not a layer"
"""What is said of a size or a number where a layer should be: once for all of them."""
_FIGURES = re.compile(r"\d+(?:x\d+)*")
"""What differs between the same mistakes: 28x28x6 and 14x14x6 where layers should be."""

CERTAIN = (
    partial(rewrite, rows=NOTATIONS),
    partial(rewrite, rows=REWRITES),
    never_closed,
    foreign_opener,
    partial(rewrite, rows=MISSING),
    bar,
    closer,
    missing_arrow,
)
"""Tried in this order; the first that knows the mistake names it."""
GUESSES = (
    partial(rewrite, rows=STRAYS),
    partial(rewrite, rows=REWRITES, strict=False),
    partial(rewrite, rows=MISSING, strict=False),
    partial(rewrite, rows=STRAYS, strict=False),
)
"""Tried where nothing else fits; right after another mistake they would name what follows from it."""


def diagnose(
    text: str, start: str = "start", *, breaks: Collection[int] = (), known: Iterable[Diagnostic] = ()
) -> Respelling | tuple[Diagnostic, ...]:
    """Every syntax error of a text, in order, at most 20; or the text written anew where it has none.

    It has none where everything that the parser refuses is another notation. `start` is the rule that the whole text
    should be. A text that parses has `breaks`, the offsets at which it lacks an arrow, and the errors that are
    `known` from its tree. Spans lie in the text, offsets count its code points.
    """
    parses = bool(breaks or known)
    if start == "start" and (whole := whole_text(text)):
        return whole if isinstance(whole, Respelling) else (whole,)
    reader = Reader(text, start, breaks if parses else None)
    reader.read()
    found = sorted(_merged([*reader.found, *known], text), key=lambda d: d.span)
    if not found:
        return Respelling(text, reader.edits)
    prose = sentences(text, len(found)) if start == "start" and len(found) > 1 else None
    if prose:
        return (prose,)
    return _at_most(found, reader.at < len(text))


def nothing_known(text: str) -> Diagnostic:
    """What is reported of a text that does not parse, for an unknown reason."""
    return report("SHP001", "unexpected text", (0, min(1, len(text))))


def _at_most(found: list[Diagnostic], more: bool) -> tuple[Diagnostic, ...]:
    """The first 20 diagnostics; the last of them says how many there are."""
    if len(found) <= MOST:
        return tuple(found)
    note = f"{MOST} of {len(found)} syntax errors are shown" + (
        ", and the rest of the text was not read" if more else ""
    )
    last = found[MOST - 1]
    return (*found[: MOST - 1], replace(last, notes=(*last.notes, note)))


def _merged(found: Iterable[Diagnostic], text: str) -> list[Diagnostic]:
    """One diagnostic for each message: the first place stands for the others, whose edits it takes over."""
    groups: dict[tuple[str, str], list[Diagnostic]] = {}
    for diagnostic in found:
        alike = diagnostic.message.endswith(_NO_LAYER)
        same = _FIGURES.sub("#", diagnostic.message) if alike else diagnostic.message
        groups.setdefault((diagnostic.code, same), []).append(diagnostic)
    result = []
    for first, *others in groups.values():
        if others and (first.code in _REPEATED or first.message.endswith(_NO_LAYER) or first.message == BAR_OUTSIDE):
            lines = sorted({1 + text.count("\n", 0, d.span[0]) for d in others})
            where = ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")
            note = f"and {len(others)} more on line{'s' * (len(lines) > 1)} {where}"
            edits = tuple(edit for d in (first, *others) for fix in d.fixes[:1] for edit in fix.edits)
            fixes = tuple(replace(fix, edits=edits) for fix in first.fixes[:1])
            result.append(replace(first, notes=(*first.notes, note), fixes=fixes))
        else:
            result.extend((first, *others))
    return result


class Reader(ErrorContext):
    """Walks a text through the parser's table, recovers from what does not fit, and goes on; builds no tree."""

    def __init__(self, text: str, start: str, breaks: Collection[int] | None = None) -> None:
        super().__init__(text, start)
        self._breaks = None if breaks is None else set(breaks)
        """Where an arrow is known to be missing; None where that is guessed."""
        self.at = 0
        self.found: list[Diagnostic] = []
        self.edits: list[Edit] = []
        """What other notations are read as."""
        self._fed = 2
        """Lexemes that went in since the last mistake."""

    def read(self) -> None:
        """Reads the whole text, or until there are more mistakes than anybody reads."""
        stuck = places = 0
        while places < MOST_PLACES and len(self.edits) <= MOST_READ_AS:
            self.at = after_blank(self.text, self.at)
            before = self.at
            token = automaton().token(self.state.stack, self.text, self.at) if self.at < len(self.text) else None
            after = self.state.take(token) if token and not self._joins_nothing(token) else None
            if token and after:
                self._remember()
                self.state, self.at, self._fed, stuck = after, token.end, self._fed + 1, 0
                continue
            if self.at >= len(self.text) and not self.state.open and self.state.accepts("$END"):
                return
            places += not self._recover(places > 3 and stuck > 3)
            stuck = 0 if self.at > before else stuck + 1
            if stuck > 8 or (self.at >= len(self.text) and stuck > 4 + len(self.state.open)):
                return
        if places < MOST_PLACES:
            message = f"more than {MOST_READ_AS:,} places are in another notation than that of diagrams"
            help = ("write the text as a diagram, with => between layers",)
            self.found.append(report("SHP001", message, self.edits[-1].span, label="not read from here on", help=help))

    def _remember(self) -> None:
        self.history[self.at] = self.state
        if len(self.history) > 2 * _KEPT:
            self.history = dict(list(self.history.items())[-_KEPT:])

    def _joins_nothing(self, token: Lexeme) -> bool:
        """Whether an arrow is missing before a lexeme that the parser takes."""
        if self._breaks is None:
            return joins_nothing(self.state, self.text, token)
        lost = token.start in self._breaks
        self._breaks.discard(token.start)
        return lost

    def _recover(self, stuck: bool) -> bool:
        """Gets the parser past this place; whether another notation was read, and no mistake is reported."""
        self.token = lexeme(self.text, self.at)
        certain = None if stuck else next((r for known in CERTAIN if (r := known(self))), None)
        guessed = None if stuck or certain else next((r for known in GUESSES if (r := known(self))), None)
        recovery = certain or guessed or unexpected(self)
        if recovery.report and (certain or self._fed >= (1 if guessed else 2)):
            self.found.append(recovery.report)
        self._remember()
        self.state, self.at = recovery.state, min(recovery.resume, len(self.text))
        if self._breaks and self.state.last.kind == "ARROW":  # what lacked an arrow has one now
            self._breaks.discard(after_blank(self.text, self.at))
        if recovery.read_as:
            self.edits += recovery.read_as
        else:
            self._fed = 0
        return bool(recovery.read_as)


_WORDS = {
    "RSQB": "']'", "RPAR": "')'", "ARROW": "an arrow", "COMMA": "','", "VBAR": "'|'", "COLON": "a claim",
    "STAR": "'*'", "AS": "as", "QMARK": "'?'", "LSQB": "'['", "LPAR": "'('", "AT": "'@'", "SIZE": "a size",
    "NUMBER": "a number", "NAME": "a name", "EQUAL": "'='", "IN": "in", "FOR": "for", "FIGURE": "a figure",
    "LET": "let", "BLOCK": "block", "$END": "the end", "COMPARISON": "a comparison", "PLUS": "'+'", "MINUS": "'-'",
    "SHARE": "share",
}  # fmt: skip


def unexpected(context: ErrorContext) -> Recovery:
    """What is said where nothing better is known: the lexeme, and what may be there."""
    token, state = context.token, context.state
    words = [word for kind, word in _WORDS.items() if state.accepts(kind)]
    if context.wants_item:
        words = ["a layer", *(w for w in words if w not in ("a name", "let", "block"))]
    closes = context.inner.closer if context.inner else ""
    words.sort(key=lambda w: w != _WORDS.get(closes))
    *most, last = words[:5] or [""]
    listed = f"{', '.join(most)} or {last}" if most else last
    diagnostic = report(
        "SHP001",
        f"unexpected {what(token)}" + (f" after {shown(context.seen.text)}" if context.seen.text else ""),
        context.gap(),
        label=f"expected {listed}" if listed else "",
    )
    if token.kind == "end":
        ways = ([closes] if closes else []) + ["NAME", "NUMBER", "EQUAL", "IN", "SIZE", "FIGURE"]
        way = next((kind for kind in ways if state.accepts(kind)), "")
        return Recovery(diagnostic, state.feed(context.seen.end, way), token.start)
    close = closer_of(context.text, token.start) if token.kind == "opener" else None
    return Recovery(diagnostic, state, (close or token).end)  # what is skipped is skipped with its brackets
