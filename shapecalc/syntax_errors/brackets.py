"""Mistakes in brackets: never closed, closed by another, closing nothing, of another kind, and bars in a group."""

from __future__ import annotations

import re

from shapecalc.diagnostics.diagnostic import Edit, Fix, Related, report
from shapecalc.syntax_errors.context import (
    ErrorContext,
    OpenBracket,
    Recovery,
    begins_item,
    edit,
    what,
)
from shapecalc.syntax_errors.lexemes import BRACKETS, ROUND, ahead, begins_statement, closer_of, item_end, lexeme, shown

_BOUND = re.compile(r"\d+\s*<=?\s*[^\W\d]|[^\W\d]\w*\s*(?:<=?|>=?)\s*\d")
"""The range of an open name, which is after all brackets."""
BAR_OUTSIDE = "'|' is outside of any branches"
"""Who writes a bar for an arrow does so in the whole text."""
_OURS = {"）": ")", "}": "]", "］": "]"}
"""Closers that are read as ours."""


def never_closed(context: ErrorContext) -> Recovery | None:
    """An opener whose closer does not come before something that cannot be inside."""
    opener, token, text = context.inner, context.token, context.text
    if opener is None:
        return None
    ends = token.kind == "end" or begins_statement(text, token.start)
    ends = ends or (opener.kind == "LSQB" and _BOUND.match(text, token.start) is not None)
    if opener.kind == "LPAR" and _is_body(context, opener):
        return _close_parameters(context, opener)
    if ends and context.last.kind == "ARROW" and context.state.accepts("NAME"):
        return None  # the arrow without a layer is reported first
    past_values = opener.kind == "LSQB" and token.kind == "arrow" and context.state.accepts("RSQB")
    past_values = past_values and context.state.feed(token.start, "RSQB").accepts("ARROW")
    leaves = opener.kind == "LPAR" and _leaves(context)
    return _close(context, opener) if ends or leaves or past_values else None


def _leaves(context: ErrorContext) -> bool:
    """Whether what is here cannot be in arguments."""
    token = context.token
    follower = lexeme(context.text, token.end)
    calls = context.state.accepts("COMMA") and (follower.text == "(" or follower.kind == "arrow")
    return (
        token.kind == "arrow"
        or token.text in ("for", "as", "[")
        or (token.text == ":" and context.last.kind in ("NUMBER", "SIZE", "RPAR"))
        or (token.kind == "word" and calls)
        or (token.text == "|" and not _closed_soon(context))
    )


def _is_body(context: ErrorContext, opener: OpenBracket) -> bool:
    """Whether what was read as the default of a parameter begins the body of the block."""
    before = context.text[max(0, opener.at.start - 200) : opener.at.start]
    header = re.search(r"\bblock\s+\w+\s*$", before)
    default = [lex.kind for lex in context.state.past[-2:]] == ["EQUAL", "NAME"]
    return header is not None and default and (context.token.text in ("(", "[") or context.token.kind == "arrow")


def _close_parameters(context: ErrorContext, opener: OpenBracket) -> Recovery:
    """`block b(c = CONV(c)`: the closer is missing before the `=`."""
    name, sign = context.state.past[-3:-1]
    context.pending_closers.append(")")
    diagnostic = report(
        "SHP003",
        "'(' is never closed",
        (opener.at.start, opener.at.end),
        label="this '(' has no ')'",
        help=(f"write ')' after {shown(name.text)}, where the parameters end",),
        related=(Related((sign.start, sign.end), "a ')' was needed before '='"),),
        fixes=edit((name.end, name.end), ")", f"close it after {shown(name.text)}", safe=True),
    )
    return Recovery(diagnostic, context.state.feed(sign.end, "RPAR", "EQUAL", "NAME"), context.token.start)


def _closed_soon(context: ErrorContext) -> bool:
    """Whether a `)` comes before anything that cannot be in arguments."""
    for depth, other in ahead(context.text, context.token.start, 40):
        if other.kind == "arrow" or other.text in ("[", "]"):
            return False
        if depth < 0:
            return True
    return False


def _close(context: ErrorContext, opener: OpenBracket) -> Recovery:
    """Reports an opener that is never closed, and closes it before a lexeme."""
    token, end, sign = context.token, context.seen.end, opener.sign
    needed = (max(end - 1, 0), end) if token.kind == "end" else (token.start, token.end)
    where = "before the end of the file" if token.kind == "end" else f"before {what(token)}"
    context.pending_closers.append(sign)
    part = "list of arguments" if opener.kind == "LPAR" else "branch" if opener.branch else "group"
    diagnostic = report(
        "SHP003",
        f"'{opener.at.text}' is never closed",
        (opener.at.start, opener.at.end),
        label=f"this '{opener.at.text}' has no '{sign}'",
        help=(f"write '{sign}' after {shown(context.seen.text)}, or where the {part} ends",),
        related=(Related(needed, f"a '{sign}' was needed {where}"),),
        fixes=edit((end, end), sign, f"close it after {shown(context.seen.text)}", safe=opener.kind == "LPAR"),
    )
    return Recovery(diagnostic, context.state.feed(end, *_closing(context, opener)), token.start)


def _closing(context: ErrorContext, opener: OpenBracket) -> tuple[str, ...]:
    """The terminals that close a bracket from here."""
    if context.state.accepts(opener.closer):
        return (opener.closer,)
    return ("NAME" if context.state.accepts("NAME") else "NUMBER", opener.closer)


def closer(context: ErrorContext) -> Recovery | None:
    """A closer that closes nothing, or not what is open."""
    token, top = context.token, context.inner
    if token.kind != "closer":
        return None
    sign = _OURS.get(token.text, token.text if token.text in ")]" else "]")
    if top and (top.sign == sign or top.foreign_closer == token.text):
        fits = context.state.accepts(top.closer)
        return Recovery(None, context.state.feed(token.start, top.closer), token.end) if fits else None
    if sign in context.pending_closers:
        context.pending_closers.remove(sign)
        return Recovery(None, context.state, token.end)
    outer = any(o.sign == sign for o in context.state.open[:-1])
    if top and outer and not _balanced(context, sign):
        return _close(context, top)
    if top is None or (not outer and _balanced(context, top.sign)):
        return _stray(context)
    diagnostic = report(
        "SHP004",
        f"'{top.at.text}' is closed by '{shown(token.text)}'",
        (token.start, token.end),
        label=f"expected '{top.sign}'",
        help=(f"write {top.sign}",),
        related=(Related((top.at.start, top.at.end), f"this '{top.at.text}' is open"),),
        fixes=edit((token.start, token.end), top.sign, f"write {top.sign}", safe=True),
    )
    return Recovery(diagnostic, context.state.feed(token.start, *_closing(context, top)), token.end)


def _balanced(context: ErrorContext, sign: str) -> bool:
    """Whether what follows a closer closes, by itself, every open bracket of this sign (and no statement begins)."""
    due = sum(o.sign == sign for o in context.state.open)
    opener = {")": "(", "]": "["}[sign]
    for _, other in ahead(context.text, context.token.end):
        if begins_statement(context.text, other.start):
            break
        due += (other.text == opener) - (other.text == sign)
        if due <= 0:
            return True
    return False


def _stray(context: ErrorContext) -> Recovery:
    token, top = context.token, context.inner
    diagnostic = report(
        "SHP004",
        f"'{shown(token.text)}' closes nothing",
        (token.start, token.end),
        label=f"only '{top.at.text}' is open here" if top else "no bracket is open here",
        help=("remove it, or open a bracket where the part begins",),
        fixes=edit((token.start, token.end), "", "remove it"),
    )
    return Recovery(diagnostic, context.state, token.end)


def foreign_opener(context: ErrorContext) -> Recovery | None:
    """Braces and full-width brackets where ours should be, and `(` where a group begins."""
    token, last = context.token, context.last
    if token.kind != "opener" or token.text == "[" or (token.text == "(" and not context.wants_item):
        return None
    size = last.kind == "NAME" and lexeme(context.text, token.end).kind == "number"
    round_one = not context.wants_item and (token.text in ROUND or context.in_arguments or size)
    ours, close, kind = ("(", ")", "LPAR") if round_one else ("[", "]", "LSQB")
    edits = [Edit((token.start, token.end), ours)]
    other = closer_of(context.text, token.start)
    if other and other.text == BRACKETS[token.text]:
        edits.append(Edit((other.start, other.end), close))
    diagnostic = report(
        "SHP006",
        f"'{shown(token.text)}' opens no {'arguments' if round_one else 'group'}: "
        + ("arguments must be in ( )" if round_one else "groups and branches must be in [ ]"),
        (token.start, token.end),
        label=f"expected '{ours}'",
        help=(f"write {ours} … {close}",),
        fixes=(Fix(f"write {ours} … {close}", tuple(edits), "safe"),),
    )
    arrow = () if context.state.accepts(kind) else ("ARROW",)
    after = context.state.feed(token.start, *arrow)
    opened = after.take(token._replace(kind=kind))
    if opened:
        after = opened._replace(open=(*opened.open[:-1], opened.open[-1]._replace(foreign_closer=BRACKETS[token.text])))
    return Recovery(diagnostic, after, token.end)


def bar(context: ErrorContext) -> Recovery | None:
    """`|` where there are no branches."""
    token, top, state = context.token, context.inner, context.state
    if token.text != "|" or not (context.past_item or context.wants_item):
        return None
    joins = context.past_item and begins_item(lexeme(context.text, token.end))
    after = state.feed(token.start, "ARROW") if joins else state
    span = (token.start, token.end)
    if top and top.reported:
        return Recovery(None, after, token.end)
    if top is None:
        follower = lexeme(context.text, token.end)
        one = shown(context.text[state.item : context.last.end]) or "a"
        other = shown(context.text[follower.start : item_end(context.text, follower.start)]) or "b"
        help = (
            f"write ADD[ {one} | {other} ] or CONCAT[ {one} | {other} ] for branches",
            f"or {one} {context.arrow} {other} to put one after the other",
        )
        message, label = BAR_OUTSIDE, "no [ is open here"
        fixes = edit(span, context.arrow, f"write {context.arrow}") if joins else ()
        return Recovery(report("SHP014", message, span, label=label, help=help, fixes=fixes), after, token.end)
    opener = (top.at.start, top.at.end)
    diagnostic = report(
        "SHP014",
        "'|' is in a group, and only ADD, CONCAT and MUL have branches",
        span,
        label="expected an arrow or ']'",
        help=("write CONCAT[ a | b ] to stack the branches over depth, ADD[ a | b ] to add them",),
        related=(Related(opener, "this group does not say how its branches are joined"),),
        fixes=tuple(
            Fix(f"{verb} the branches", (Edit((opener[0], opener[0]), name),))
            for name, verb in (("CONCAT", "concatenate"), ("ADD", "add"))
        ),
    )
    marked = (*after.open[:-1], after.open[-1]._replace(reported=True))
    return Recovery(diagnostic, after._replace(open=marked), token.end)
