"""Mistakes in brackets: never closed, never opened, closed by another, empty."""

from __future__ import annotations

import re

from shapecalc.diagnostics.diagnostic import Related, report
from shapecalc.syntax_errors.context import (
    OpenBracket,
    Place,
    Recovery,
    in_arguments,
    is_arrow,
    put,
    remove,
    wants_item,
    what,
)
from shapecalc.syntax_errors.lexemes import Lexeme, ahead, begins_statement, lexeme, shown


def never_closed(place: Place, token: Lexeme) -> Recovery | None:
    """An opener whose closer does not come before something that cannot stand inside."""
    if not place.open:
        return None
    opener = place.open[-1]
    ends = token.kind == "end" or begins_statement(place.text, token.start)
    ends = ends or (opener.kind == "LSQB" and _BOUND.match(place.text, token.start) is not None)
    leaves = opener.kind == "LPAR" and (
        is_arrow(token)
        or token.text == "for"
        or (token.kind == "word" and _calls(place, token))
        or token.text == "["
        or (token.text == "|" and not _closed_soon(place, token))
    )
    if opener.kind == "LPAR" and _is_body(place, opener, token):
        return _close_parameters(place, token, opener)
    if place.can("NAME") and place.last.kind == "ARROW" and ends:
        return None  # the arrow in front of nothing is told first
    if not (ends or leaves):
        return None
    return _close(place, token, opener)


_BOUND = re.compile(r"\d+\s*<=?\s*[^\W\d]|[^\W\d]\w*\s*(?:<=?|>=?)\s*\d")
"""The range of an open name, which stands behind all brackets."""


def never_opened(place: Place, token: Lexeme) -> Recovery | None:
    """`CONV96, F=11)`: a list of arguments that has lost its opener."""
    if token.text != "," or in_arguments(place) or not place.can("ARROW", "EQUAL"):
        return None
    depth = 0
    for other in ahead(place.text, token.start, 40):
        depth += (other.text == "(") - (other.text == ")")
        if depth < 0:
            break
        if is_arrow(other) or other.text in ("[", "]", "|") or "\n" in place.text[token.start : other.start]:
            return None
    else:
        return None
    last = place.last
    split = re.fullmatch(r"([^\W\d_]+)(\d+)", last.text)
    at = last.start + len(split[1]) if split else last.end
    return Recovery(
        report(
            "SHP004",
            "')' closes nothing",
            (other.start, other.end),
            label="no '(' is open here",
            help=(f"write '(' where the arguments of {shown(split[1] if split else last.text)} begin",),
            related=(Related((last.start, last.end), "a '(' is missing here"),),
            fixes=put((at, at), "(", "open it") if split else (),
        ),
        resume=other.end,
    )


def doubled(place: Place, token: Lexeme) -> bool:
    """Whether the second of two `(` has no closer of its own."""
    depth = 0
    for other in ahead(place.text, place.last.start, 60):
        depth += (other.text == "(") - (other.text == ")")
        if depth == 0:
            return False
        if is_arrow(other) or other.text in ("[", "]", ":", "|", "for"):
            break
    return depth == 1 and place.last.end == token.start


def doubled_opener(place: Place, token: Lexeme) -> Recovery | None:
    """`CONV((64, 3)`: one opener too many."""
    if token.text != "(" or place.last.kind != "LPAR" or not doubled(place, token):
        return None
    span = (token.start, token.end)
    return Recovery(
        report(
            "SHP003",
            "'(' is never closed",
            span,
            label="this '(' has no ')'",
            help=("remove one '('",),
            fixes=remove(span, "remove it"),
        ),
        resume=token.end,
    )


def _is_body(place: Place, opener: OpenBracket, token: Lexeme) -> bool:
    """Whether what was read as the default of a parameter begins the body of the block."""
    before = place.text[max(0, opener.at.start - 200) : opener.at.start]
    header = re.search(r"\bblock\s+\w+\s*$", before)
    default = [lex.kind for lex in place.past[-2:]] == ["EQUAL", "NAME"]
    return header is not None and default and (token.text in ("(", "[") or is_arrow(token))


def _close_parameters(place: Place, token: Lexeme, opener: OpenBracket) -> Recovery:
    """`block b(c = CONV(c)`: the closer is missing in front of the `=`."""
    name, sign = place.past[-3:-1]
    place.forgiven.append(")")
    return Recovery(
        report(
            "SHP003",
            "'(' is never closed",
            (opener.at.start, opener.at.end),
            label="this '(' has no ')'",
            help=(f"write ')' behind {shown(name.text)}, where the parameters end",),
            related=(Related((sign.start, sign.end), "a ')' was needed before '='"),),
            fixes=put((name.end, name.end), ")", f"close it behind {shown(name.text)}", safe=True),
        ),
        ("RPAR", "EQUAL", "NAME"),
        token.start,
    )


def _calls(place: Place, token: Lexeme) -> bool:
    """Whether a word behind an argument is a layer: it has arguments of its own, or an arrow behind it."""
    follower = lexeme(place.text, token.end)
    return place.can("COMMA") and (follower.text == "(" or is_arrow(follower))


def _closed_soon(place: Place, token: Lexeme) -> bool:
    """Whether a `)` comes before anything that cannot stand in arguments."""
    depth = 0
    for other in ahead(place.text, token.start, 40):
        depth += (other.text == "(") - (other.text == ")")
        if depth < 0:
            return True
        if is_arrow(other) or other.text in ("[", "]"):
            return False
    return False


def _close(place: Place, token: Lexeme, opener: OpenBracket) -> Recovery:
    """Reports an opener that is never closed, and closes it in front of a lexeme."""
    end = place.seen.end
    needed = (max(end - 1, 0), end) if token.kind == "end" else (token.start, token.end)
    where = "before the end of the file" if token.kind == "end" else f"before {what(token)}"
    if not place.can(opener.closer) and place.can("NAME", "NUMBER"):
        fill = "NAME" if place.can("NAME") else "NUMBER"
        feed: tuple[str, ...] = (fill, opener.closer)
    else:
        feed = (opener.closer,)
    place.forgiven.append(opener.sign)
    round_one = opener.kind == "LPAR"
    return Recovery(
        report(
            "SHP003",
            f"'{opener.at.text}' is never closed",
            (opener.at.start, opener.at.end),
            label=f"this '{opener.at.text}' has no '{opener.sign}'",
            help=(f"write '{opener.sign}' behind {shown(place.seen.text)}, or where the {_part(opener)} ends",),
            related=(Related(needed, f"a '{opener.sign}' was needed {where}"),),
            fixes=put((end, end), opener.sign, f"close it behind {shown(place.seen.text)}", safe=round_one),
        ),
        feed,
        token.start if token.kind != "end" else None,
    )


def _part(opener: OpenBracket) -> str:
    return "list of arguments" if opener.kind == "LPAR" else "branch" if opener.branch else "group"


def closer(place: Place, token: Lexeme) -> Recovery | None:
    """A closer that closes nothing, or not what is open."""
    if token.kind != "closer":
        return None
    sign = {"）": ")", "}": "]"}.get(token.text, token.text if token.text in ")]" else "]")
    if not place.open:
        return _stray(place, token)
    top = place.open[-1]
    if top.sign == sign or top.odd == token.text:
        return _late(place, token, top)
    if sign in place.forgiven:
        place.forgiven.remove(sign)
        return Recovery(None, resume=token.end)
    outer = any(o.sign == sign for o in place.open[:-1])
    if outer and not _balanced(place, token, sign):
        return _close(place, token, top)
    if not outer and _balanced(place, token, top.sign):
        return _stray(place, token)
    return Recovery(
        report(
            "SHP004",
            f"'{top.at.text}' is closed by '{shown(token.text)}'",
            (token.start, token.end),
            label=f"expected '{top.sign}'",
            help=(f"write {top.sign}",),
            related=(Related((top.at.start, top.at.end), f"this '{top.at.text}' is open"),),
            fixes=put((token.start, token.end), top.sign, safe=True),
        ),
        _finish(place, top),
        token.end,
    )


def _finish(place: Place, top: OpenBracket) -> tuple[str, ...]:
    """The terminals that close a bracket from here."""
    if place.can(top.closer):
        return (top.closer,)
    return ("NAME" if place.can("NAME") else "NUMBER", top.closer)


def _balanced(place: Place, token: Lexeme, sign: str) -> bool:
    """Whether what follows a closer closes, by itself, every open bracket of this sign (and no statement begins)."""
    due = sum(o.sign == sign for o in place.open)
    opener = {")": "(", "]": "["}[sign]
    for other in ahead(place.text, token.end):
        if begins_statement(place.text, other.start):
            break
        due += (other.text == opener) - (other.text == sign)
        if due <= 0:
            return True
    return False


def _stray(place: Place, token: Lexeme) -> Recovery:
    sign = {"）": ")", "}": "]"}.get(token.text, token.text)
    if sign in place.forgiven:
        place.forgiven.remove(sign)
        return Recovery(None, resume=token.end)
    return Recovery(
        report(
            "SHP004",
            f"'{shown(token.text)}' closes nothing",
            (token.start, token.end),
            label="no bracket is open here" if not place.open else f"only '{place.open[-1].at.text}' is open here",
            help=("remove it, or open a bracket where the part begins",),
            fixes=remove((token.start, token.end), "remove it"),
        ),
        resume=token.end,
    )


def _late(place: Place, token: Lexeme, top: OpenBracket) -> Recovery | None:
    """The right closer, written with another sign, or with something missing in front."""
    if place.can(top.closer):
        return Recovery(None, (top.closer,), token.end)
    return None


def empty_group(place: Place, token: Lexeme) -> Recovery | None:
    """`[]`, `[for c in 1, 2]`."""
    if place.last.kind != "LSQB" or not wants_item(place):
        return None
    if token.text != "]" and not re.compile(r"for\s+\w+\s+in\b").match(place.text, token.start):
        return None
    end = token.end if token.text == "]" else place.last.end
    return Recovery(
        report(
            "SHP015",
            "the brackets are empty",
            (place.last.start, end),
            label="expected layers between '[' and ']'",
            help=("write the layers of the group, or remove the brackets",),
        ),
        ("NAME",),
    )
