"""The table of mistakes, in the order in which they are tried, and the answer where none fits."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import report
from shapecalc.syntax_errors import (
    arguments,
    arrows,
    brackets,
    characters,
    counts,
    loops,
    notations,
    separators,
    words,
    wrongbrackets,
)
from shapecalc.syntax_errors.context import Case, Place, Recovery, gap, wants_item, what
from shapecalc.syntax_errors.lexemes import Lexeme, ahead, shown

CASES: tuple[Case, ...] = (
    characters.unseen,
    separators.foreign_comment,
    characters.quoted,
    loops.for_in_front,
    loops.repeat_in_front,
    loops.count_with_x,
    loops.for_missing,
    notations.argument_in_words,
    notations.several_numbers,
    notations.numbers_in_front,
    notations.angle_brackets,
    notations.stride_behind,
    notations.size_in_front,
    characters.lone_quote,
    counts.count_in_brackets,
    counts.count_in_own_brackets,
    wrongbrackets.branches_in_round,
    wrongbrackets.arguments_in_square,
    wrongbrackets.size_in_brackets,
    wrongbrackets.values_in_brackets,
    wrongbrackets.names_in_brackets,
    characters.elided,
    brackets.never_opened,
    wrongbrackets.comma_between_branches,
    words.input_defined,
    notations.second_brackets,
    brackets.doubled_opener,
    brackets.never_closed,
    counts.missing_count,
    counts.size_by_signs,
    counts.count_in_front,
    counts.broken_number,
    arguments.missing_comma,
    loops.values_without_comma,
    arguments.missing_claim_comma,
    words.missing_name,
    words.missing_mark,
    words.layer_behind_colon,
    arguments.bad_claim,
    characters.confusable,
    arguments.value_below,
    characters.odd_opener,
    brackets.empty_group,
    arguments.missing_value,
    arrows.idle_arrow,
    words.undeclared,
    words.other_let,
    words.named_in_front,
    notations.layer_in_words,
    arrows.broken_block,
    separators.and_so_on,
    separators.full_stop,
    arrows.broken_arrow,
    brackets.closer,
    separators.joined_by_sign,
    words.stray_for,
    arrows.missing_arrow,
    separators.stray_separator,
    arrows.misplaced_value,
)
"""Tried in this order; the first that knows the mistake names it."""

_WORDS = {
    "RSQB": "']'", "RPAR": "')'", "ARROW": "an arrow", "COMMA": "','", "VBAR": "'|'", "COLON": "a claim",
    "STAR": "'*'", "AS": "as", "QMARK": "'?'", "LSQB": "'['", "LPAR": "'('", "AT": "'@'", "SIZE": "a size",
    "NUMBER": "a number", "NAME": "a name", "EQUAL": "'='", "IN": "in", "FOR": "for", "FIGURE": "a figure",
    "LET": "let", "BLOCK": "block", "$END": "the end", "COMPARISON": "a comparison", "PLUS": "'+'", "MINUS": "'-'",
}  # fmt: skip


def unexpected(place: Place, token: Lexeme) -> Recovery:
    """What is said where nothing better is known: the lexeme, and what may stand there."""
    accepted = place.accepted
    words = [_WORDS[k] for k in _WORDS if k in accepted]
    if wants_item(place):
        words = ["a layer", *(w for w in words if w not in ("a name", "let", "block"))]
    close = place.open[-1].closer if place.open else ""
    words.sort(key=lambda w: w != _WORDS.get(close))
    listed = words[:5]
    label = f"expected {', '.join(listed[:-1])} or {listed[-1]}" if len(listed) > 1 else f"expected {''.join(listed)}"
    diagnostic = report(
        "SHP001",
        f"unexpected {what(token)}" + (f" behind {shown(place.seen.text)}" if place.seen.text else ""),
        gap(place, token),
        label=label if listed else "",
    )
    if token.kind == "end":
        return Recovery(diagnostic, _way_out(place))
    return Recovery(diagnostic, resume=_behind(place, token))


def _way_out(place: Place) -> tuple[str, ...]:
    """A terminal that brings a statement nearer to its end."""
    for kind in (
        *([place.open[-1].closer] if place.open else []),
        "NAME",
        "NUMBER",
        "EQUAL",
        "IN",
        "SIZE",
        "FIGURE",
    ):
        if place.can(kind):
            return (kind,)
    return ()


def _behind(place: Place, token: Lexeme) -> int:
    """Where reading goes on behind a lexeme that is skipped: behind its closer if it opens something."""
    if token.kind != "opener":
        return token.end
    depth = 0
    for other in ahead(place.text, token.start):
        depth += (other.kind == "opener") - (other.kind == "closer")
        if depth == 0:
            return other.end
    return token.end
