"""Mistakes in brackets: never closed, closed by another, closing nothing, of another kind, and bars in a group."""

from __future__ import annotations

import re

from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Related, report
from shapecalc.language.lexemes import BRACKETS, ROUND, Lexeme, ahead, begins_statement, closer_of, lexeme, shown
from shapecalc.syntax_errors.context import ErrorContext, OpenBracket, Recovery, begins_item, edit, what

_TEXTS = {
    "unclosed": ("SHP003", "'{0}' is never closed", "this '{0}' has no '{1}'", "write '{1}' after {2}, {3}"),
    "wrong": ("SHP004", "'{0}' is closed by '{1}'", "expected '{2}'", "write {2}"),
    "stray": (
        "SHP004", "'{0}' closes nothing", "{1} is open here", "remove it, or open a bracket where the part begins"),
    "foreign": ("SHP006", "'{0}' opens no {1} must be in {2} {3}", "expected '{2}'", "write {2} … {3}"),
    "bar": (
        "SHP014", "'|' is in a group, and only ADD, CONCAT and MUL have branches", "expected an arrow or ']'",
        "write CONCAT[ a | b ] to stack the branches over depth, ADD[ a | b ] to add them"),
}  # fmt: skip
"""Code, message, label and help of each mistake."""
_BOUND = re.compile(r"\d+\s*<=?\s*[^\W\d]|[^\W\d]\w*\s*(?:<=?|>=?)\s*\d")
"""The range of an open name, which is after all brackets."""
_NOT_SAID = "this group does not say how its branches are joined"
_OURS = {"）": ")", "}": "]", "］": "]"}
"""Closers that are read as ours."""


def _say(kind: str, at: Lexeme, *names: str, related: tuple[Related, ...] = (), fixes: tuple[Fix, ...]) -> Diagnostic:
    """What is said of a bracket."""
    code, *texts = _TEXTS[kind]
    message, label, help = (text.format(*names) for text in texts)
    return report(
        code, message, (at.start, at.end), label=label, help=tuple(help.split("\n")), related=related, fixes=fixes
    )


def _related(at: Lexeme, message: str) -> tuple[Related, ...]:
    return (Related((at.start, at.end), message),)


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
    fixes = edit((name.end, name.end), ")", f"close it after {shown(name.text)}", safe=True)
    related = _related(sign, "a ')' was needed before '='")
    names = "(", ")", shown(name.text), "where the parameters end"
    diagnostic = _say("unclosed", opener.at, *names, related=related, fixes=fixes)
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
    token, end, sign, seen = context.token, context.seen.end, opener.sign, shown(context.seen.text)
    last = token.kind == "end"
    needed = Lexeme("", max(end - 1, 0), end, "") if last else token
    related = _related(needed, f"a '{sign}' was needed before {what(token)}")
    context.pending_closers.append(sign)
    part = "list of arguments" if opener.kind == "LPAR" else "branch" if opener.branch else "group"
    fixes = edit((end, end), sign, f"close it after {seen}", safe=opener.kind == "LPAR")
    names = opener.at.text, sign, seen, f"or where the {part} ends"
    diagnostic = _say("unclosed", opener.at, *names, related=related, fixes=fixes)
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
    fixes = edit((token.start, token.end), top.sign, f"write {top.sign}", safe=True)
    related = _related(top.at, f"this '{top.at.text}' is open")
    diagnostic = _say("wrong", token, top.at.text, shown(token.text), top.sign, related=related, fixes=fixes)
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
    fixes = edit((token.start, token.end), "", "remove it")
    diagnostic = _say("stray", token, shown(token.text), f"only '{top.at.text}'" if top else "no bracket", fixes=fixes)
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
    fixes = (Fix(f"write {ours} … {close}", tuple(edits), "safe"),)
    part = "arguments: arguments" if round_one else "group: groups and branches"
    diagnostic = _say("foreign", token, shown(token.text), part, ours, close, fixes=fixes)
    arrow = () if context.state.accepts(kind) else ("ARROW",)
    after = context.state.feed(token.start, *arrow)
    opened = after.take(token._replace(kind=kind))
    if opened:
        after = opened._replace(open=(*opened.open[:-1], opened.open[-1]._replace(foreign_closer=BRACKETS[token.text])))
    return Recovery(diagnostic, after, token.end)


def bar(context: ErrorContext) -> Recovery | None:
    """`|` in a group, which has no branches."""
    token, top, state = context.token, context.inner, context.state
    if token.text != "|" or top is None or not (context.past_item or context.wants_item):
        return None
    joins = context.past_item and begins_item(lexeme(context.text, token.end))
    after = state.feed(token.start, "ARROW") if joins else state
    if top.reported:
        return Recovery(None, after, token.end)
    joined = (("CONCAT", "concatenate the branches"), ("ADD", "add the branches"))
    fixes = tuple(Fix(title, (Edit((top.at.start, top.at.start), name),)) for name, title in joined)
    diagnostic = _say("bar", token, related=_related(top.at, _NOT_SAID), fixes=fixes)
    marked = (*after.open[:-1], after.open[-1]._replace(reported=True))
    return Recovery(diagnostic, after._replace(open=marked), token.end)
