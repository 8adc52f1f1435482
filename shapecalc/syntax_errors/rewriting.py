"""Tries the rows of the table of rewrites at a mistake: the first whose replacement the parser accepts names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from string import Formatter
from typing import Any

from shapecalc.core.phrases import common_ends
from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Span, report
from shapecalc.language.lexemes import (
    BROKEN,
    FOREIGN_ARROW,
    INSIDE,
    ITEM,
    SIZE,
    Lexeme,
    after_blank,
    called,
    lexeme,
    shown,
)
from shapecalc.notations.layer_words import layer_of, letter_of
from shapecalc.notations.rewrite import BETWEEN, Rewrite, Surroundings
from shapecalc.syntax_errors.context import ErrorContext, Recovery, State, automaton, edit, follows, what

_AHEAD = 300
"""Characters after a replacement in which the lexeme lies that has to fit next."""
_MEANT_FOR_AN_ARROW = re.compile(rf"{BROKEN}|{FOREIGN_ARROW}|[-–−+](?=\s*[^\W\d]|\s+\[)|,(?=\s*{SIZE}\s)")
"""What is rewritten next where an arrow may stand: two notations of one writer, side by side."""
_BEGINS_A_LAYER = re.compile(r"[\w\[(*]")


def rewrite(context: ErrorContext, *, rows: tuple[Rewrite, ...], strict: bool = True) -> Recovery | None:
    """The first row whose replacement the parser accepts here; if strict, with what follows it."""
    bracket = context.inner.at.text if context.inner else "-"
    places: dict[str, list[int]] = {}
    for row, pattern in zip(rows, _compiled(tuple(row.pattern for row in rows)), strict=True):
        if row.inside and row.inside != bracket and not (row.inside == "!" and bracket != "("):
            continue
        if row.where not in places:
            places[row.where] = list(_places(row.where, context))
        for at in places[row.where]:
            match = _matched(row, pattern, context, at)
            if match and _reaches(row, match, context, strict=strict) and _about_layer(row, match):
                found = _accepted(row, match, context, strict=strict)
                if found:
                    return found
    return None


def _matched(row: Rewrite, pattern: re.Pattern[str], context: ErrorContext, at: int) -> re.Match[str] | None:
    """The match of a row at a place; an item, which may be long, is looked at once for all mistakes in it."""
    if at != context.state.item:
        return pattern.match(context.text, at)
    if (row.pattern, at) not in context.of_items:
        context.of_items[row.pattern, at] = pattern.match(context.text, at)
    return context.of_items[row.pattern, at]


def _reaches(row: Rewrite, match: re.Match[str], context: ErrorContext, *, strict: bool) -> bool:
    """Whether a match that was not rewritten yet is at the mistake: up to it, or with what is there."""
    end = after_blank(context.text, match.end())
    if match.span() in context.rewritten:
        return False
    if row.where == "before":
        return end == context.token.start and bool(context.last.text)
    return end >= context.last.start and (strict or match.end() > context.token.start)


@cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Asked for by their texts, which know their hashes: rows would work them out at every mistake."""
    return tuple(map(re.compile, patterns))


def _places(where: str, context: ErrorContext) -> Iterator[int]:
    """The offsets at which a row is tried."""
    if "item" in where and context.state.item < context.token.start:
        yield context.state.item
    if "token" in where:
        yield context.token.start
    if "front" in where or where == "before":
        yield from [lex.start for lex in reversed(context.state.past[-8:]) if lex.text]


def _about_layer(row: Rewrite, match: re.Match[str]) -> bool:
    """Whether the layer of a match is one, with the argument that the row speaks of."""
    if row.layer is None:
        return True
    layer = layer_of(re.split(r"[(\[]", match[int(row.layer)] if row.layer.isdigit() else match[1])[0])
    fits = layer is not None and (row.layer in ("", layer.kind) or row.layer.isdigit())
    return fits or letter_of(layer, row.layer) is not None


def _accepted(row: Rewrite, match: re.Match[str], context: ErrorContext, *, strict: bool) -> Recovery | None:
    """What follows from a match whose replacement fits, with what comes next where that has to fit too."""
    before = context.state if match.start() == context.token.start else context.history.get(match.start())
    end = row.pattern, match.end()
    if before is None or not _follows(row, before) or end in context.too_long:
        return None
    new: str | None
    if isinstance(row.replacement, str):
        new = _FILLED.vformat(row.replacement, (match, context, before), {})
    else:
        new = row.replacement(match, _around(match, context))
    if new is None or new == match.group():
        return None
    after = _after(before, context, match.span(), new, strict=strict)
    if after is None:
        if len(new) > _AHEAD:
            context.too_long.add(end)
        return None
    context.rewritten.add(match.span())
    if row.code:
        return Recovery(_said(row, new, match, context, before), after, match.end())
    return Recovery(None, after, match.end(), _edits(row, match, new))


def _around(match: re.Match[str], context: ErrorContext) -> Surroundings:
    """What is around a match."""
    text, opener = context.text, context.inner
    if opener is None or opener.kind != "LPAR":
        return Surroundings(context.arrow)
    return Surroundings(context.arrow, text[opener.item : opener.at.start], text[opener.at.end : match.start()])


def _edits(row: Rewrite, match: re.Match[str], new: str) -> tuple[Edit, ...]:
    """What a match is read as: part by part where the row says what a part is, so that each keeps its place."""
    start, written = match.start(), new.split(BETWEEN)
    parts = [(start + p.start(), start + p.end()) for p in re.finditer(row.parts, match.group())] if row.parts else []
    if len(parts) != len(written):
        return (Edit(*trimmed(match.span(), match.group(), new)),)
    gaps = [(one[1], other[0]) for one, other in pairwise(parts)]
    return (*map(Edit, parts, written), *(Edit(gap, BETWEEN) for gap in gaps))


def _after(state: State, context: ErrorContext, span: Span, new: str, *, strict: bool) -> State | None:
    """The state after a replacement, or None where it, or what comes next up to the mistake, does not fit."""
    text, old = context.text, context.text[slice(*span)]
    front = text[max(span[0] - 1, 0) : span[0]] or "\n"
    edited = front + new + text[span[1] : span[1] + _AHEAD]
    at, border = after_blank(edited, len(front)), len(front) + len(new)
    kept = len(front) + len(old) if new.startswith(old) else 0
    moved = span[0] - len(front)
    while at < border:
        token = automaton().token(state.stack, edited, at)
        if token is None:
            return None
        if token.end <= kept:
            placed = token._replace(start=moved + at, end=moved + token.end)
        elif kept:  # what is put in is not in the text
            placed = Lexeme(token.kind, span[1], span[1], "")
        else:
            placed = token._replace(start=span[0], end=span[1])
        after = state.take(placed)
        if after is None:
            return None
        state, at = after, after_blank(edited, token.end)
    beyond = state
    while strict and follows(beyond, edited, at) and at < len(edited) and at - border < context.token.start - span[1]:
        token = automaton().token(beyond.stack, edited, at)
        assert token is not None
        beyond, at = beyond.take(token) or beyond, after_blank(edited, token.end)
    if beyond.accepts("ARROW"):
        joined = _MEANT_FOR_AN_ARROW.match(edited, at)
    else:
        joined = _BEGINS_A_LAYER.match(edited, at) if beyond.last.kind == "ARROW" else None
    return state if not strict or joined or follows(beyond, edited, at) else None


def _follows(row: Rewrite, before: State) -> bool:
    """Whether what was read before is what the row asks for."""
    defines = row.needs != "EQUAL" or before.statement in ("LET", "BLOCK")
    fits = not row.needs or (defines and before.accepts(row.needs))
    return fits and (not row.after or before.last.kind in row.after.split())


class _Filled(Formatter):
    """Fills in what a text names: groups of the match, and what is around it, worked out where a text names it."""

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        match: re.Match[str] = args[0]
        if key == "new":
            value: str = kwargs["new"]
        elif isinstance(key, int) or key in match.re.groupindex:
            value = match[key] or ""
        else:
            value = FIELDS[key](*args)
        return shown(value, kwargs["most"]) if kwargs else value


_FILLED = _Filled()
_REST = re.compile(rf"(?:\[{INSIDE}\]|[^\n\]#]){{0,100}}")
_NEXT = re.compile(rf"\s*({ITEM})?")


def _rest(match: re.Match[str], context: ErrorContext, before: State) -> str:
    found = _REST.match(context.text, match.end())
    return (found.group().strip() if found else "") or "…"


def _next(match: re.Match[str], context: ErrorContext, before: State) -> str:
    found = _NEXT.match(context.text, match.end())
    return found[1] if found and found[1] else "…"


def _first(match: re.Match[str], context: ErrorContext) -> str:
    """The first character of what is pointed at."""
    start = match.start("at" if "at" in match.re.groupindex else 0)
    return context.text[start : start + 1] if start >= 0 else ""


def _spaced(match: re.Match[str], context: ErrorContext, before: State) -> str:
    """The writer's arrow, with blanks where the text has none around it."""
    text, (start, end) = context.text, match.span()
    left = "" if text[start - 1 : start].isspace() else " "
    right = "" if text[end : end + 1].isspace() else " "
    return f"{left}{context.arrow}{right}"


FIELDS: dict[str, Callable[[re.Match[str], ErrorContext, State], str]] = {
    "size": lambda match, context, before: "x".join(re.findall(r"\d+", match.group())),
    "called": lambda match, context, before: called(first) if (first := _first(match, context)) else "",
    "hex": lambda match, context, before: f"U+{ord(first):04X}" if (first := _first(match, context)) else "",
    "item": lambda match, context, before: context.text[context.state.item : context.last.end],
    "front": lambda match, context, before: context.text[before.item : before.last.end],
    "head": lambda match, context, before: _definition(context.text, match.start()),
    "until": lambda match, context, before: _definition(context.text, match.end()),
    "rest": _rest,
    "next": _next,
    "arrow": lambda match, context, before: context.arrow,
    "value": lambda match, context, before: lexeme(context.text, match.end()).text,
    "spaced": _spaced,
    "token": lambda match, context, before: what(context.token),
    "last": lambda match, context, before: context.last.text,
}
"""What sentences and replacements may name, by name; each is worked out where a row names it."""


def _definition(text: str, end: int) -> str:
    """What a line begins to define before an offset: `let N`, `for c`."""
    line = text[max(text.rfind("\n", 0, end) + 1, end - 200) : end]
    head = re.fullmatch(r".*\b((?:let|block|for)\b.*?)\s*", line)
    return head[1] if head else line.strip()


def _said(row: Rewrite, new: str, match: re.Match[str], context: ErrorContext, before: State) -> Diagnostic:
    """The diagnostic of a row."""

    def text(template: str, most: int = 24) -> str:
        return _FILLED.vformat(template, (match, context, before), {"most": most, "new": new})

    written = new if row.instead is None else _FILLED.vformat(row.instead, (match, context, before), {})
    edited, content = trimmed(match.span(), match.group(), written)
    return report(
        row.code,
        text(row.sentence),
        match.span("at") if "at" in match.re.groupindex and match["at"] else match.span(),
        label=text(row.label if re.search(r"\w", new) else row.label.replace("{new}", "'{new}'")),
        help=tuple((text(row.help, 60) if isinstance(row.help, str) else row.help(match)).split("\n")),
        fixes=edit(edited, content, text(row.title), safe=row.safe) if row.title else (),
    )


def trimmed(span: Span, old: str, new: str) -> tuple[Span, str]:
    """The edit without what old and new text have in common at their ends."""
    front, back = common_ends(old, new)
    return (span[0] + front, span[1] - back), new[front : len(new) - back]
