"""Arrows that are missing between two items of a text that does not parse."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Span, report
from shapecalc.syntax_errors.context import ErrorContext, Recovery, begins_item
from shapecalc.syntax_errors.lexemes import item_end, lexeme, shown

_NEAR = 60
"""Characters of two items that an excerpt shows side by side."""


def missing_arrow(context: ErrorContext) -> Recovery | None:
    """Two items side by side, or a chain that is joined to nothing."""
    token, state = context.token, context.state
    if not begins_item(token) or token.text == "(":
        return None
    end = item_end(context.text, token.start)
    if token.text == "@":
        end = lexeme(context.text, token.end).end
    if context.past_item:
        found = _between((state.item, context.last.end), (token.start, end), context)
        return Recovery(found, state.feed(token.start, "ARROW"), token.start)
    if not state.accepts("LET") or not state.past:
        return None
    name = shown(context.text[token.start : end])
    found = report(
        "SHP002",
        f"the chain that starts with {name} is joined to nothing",
        (token.start, end),
        label="expected INPUT, a size or a tap such as @name",
        help=("join it to the chain before with =>, or let it start at a tap",),
    )
    return Recovery(found, state, token.start)


def _between(last: Span, start: Span, context: ErrorContext) -> Diagnostic:
    """The diagnostic for two items that are side by side."""
    text, arrow = context.text, context.arrow
    one, other = shown(text[slice(*last)]), shown(text[slice(*start)])
    near = "\n" not in text[last[0] : start[1]] and start[1] - last[0] < _NEAR
    if "\n" in text[last[1] : start[0]]:
        edit = Edit((start[0], start[0]), f"{arrow} ")
    else:
        edit = Edit((last[1], last[1]), f" {arrow}{' ' * (start[0] == last[1])}")
    return report(
        "SHP002",
        f"an arrow is missing between {one} and {other}",
        (last[0], start[1]) if near else start,
        label="expected an arrow between the two" if near else f"expected an arrow before {other}",
        help=(f"write {one} {arrow} {other}",),
        fixes=(Fix("insert the arrow", (edit,), "safe"),),
    )
