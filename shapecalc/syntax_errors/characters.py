"""Mistakes in characters: look-alikes, quotes, brackets of other kinds, dots."""

from __future__ import annotations

import re

from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Span, report
from shapecalc.syntax_errors.context import (
    Place,
    Recovery,
    behind_item,
    in_arguments,
    is_arrow,
    put,
    remove,
    wants_item,
)
from shapecalc.syntax_errors.lexemes import BRACKETS, CONFUSABLE, ROUND, Lexeme, ahead, called, lexeme, shown

TERMINALS = {
    "(": "LPAR", ")": "RPAR", "[": "LSQB", "]": "RSQB", ",": "COMMA", ":": "COLON", "*": "STAR", "|": "VBAR",
    "?": "QMARK", "@": "AT", "=": "EQUAL", "+": "PLUS", "-": "MINUS", "%": "PERCENT", "/": "SLASH",
    "<=": "COMPARISON", ">=": "COMPARISON", "!=": "COMPARISON",
}  # fmt: skip


def unseen(place: Place, token: Lexeme) -> Recovery | None:
    """A zero-width space and its like."""
    if token.kind != "unseen":
        return None
    end = token.end
    if place.last.end == token.start:  # it splits a word in two
        rest = re.compile(r"\w*").match(place.text, end)
        end = rest.end() if rest else end
    return Recovery(
        report(
            "SHP006",
            f"an invisible {called(token.text[0])} stands in the text",
            (token.start, token.end),
            label=f"U+{ord(token.text[0]):04X}",
            help=("delete it; it often comes along when text is copied from a web page",),
            fixes=(Fix("delete it", (Edit((token.start, token.end), ""),), "safe"),),
        ),
        resume=end,
    )


def confusable(place: Place, token: Lexeme) -> Recovery | None:
    """A full-width comma, a multiplication sign and their like."""
    sign = CONFUSABLE.get(token.text) if token.kind == "confusable" else None
    if sign is None:
        return None
    if sign == "-" and place.can("ARROW") and not place.can("MINUS"):
        return None
    kind = TERMINALS.get(sign, "")
    return Recovery(
        report(
            "SHP006",
            f"'{shown(token.text)}' is a {called(token.text)}, not '{sign}'",
            (token.start, token.end),
            label=f"expected '{sign}'",
            help=(f"write {sign}",),
            fixes=put((token.start, token.end), sign, safe=True),
        ),
        (kind,) if place.can(kind) else (),
        token.end,
    )


def quoted(place: Place, token: Lexeme) -> Recovery | None:
    """A name in quotes."""
    if token.kind != "quoted":
        return None
    inner = token.text[1:-1].strip()
    if not re.fullmatch(r"[^\W\d]\w*|\d+(\.\d+)?", inner):
        return Recovery(
            report(
                "SHP006",
                f"{shown(token.text)} is in quotes, and a diagram has no texts",
                (token.start, token.end),
                label="expected a layer, a name or a number",
                help=("write names bare, and remarks behind #",),
            ),
            ("NAME",) if place.can("NAME") else (),
            token.end,
        )
    return Recovery(
        report(
            "SHP006",
            f"{inner} is written in quotes",
            (token.start, token.end),
            label="expected the bare name",
            help=(f"write {inner}",),
            fixes=put((token.start, token.end), inner, "remove the quotes", safe=True),
        ),
        next(((k,) for k in ("NUMBER" if inner[0].isdigit() else "NAME", "NAME") if place.can(k)), ()),
        token.end,
    )


def lone_quote(place: Place, token: Lexeme) -> Recovery | None:
    """A quote that no other closes."""
    if token.text[:1] not in ("'", '"', "`", "“", "”", "‘", "’") or token.kind == "quoted":
        return None
    span = (token.start, token.start + 1)
    return Recovery(
        report(
            "SHP006",
            f"a quote stands alone: {token.text[:1]}",
            span,
            label="a diagram has no texts",
            help=("remove it; names and words stand bare",),
            fixes=remove(span, "remove it"),
        ),
        resume=span[1],
    )


def odd_opener(place: Place, token: Lexeme) -> Recovery | None:
    """Braces and full-width brackets where ours should stand."""
    if token.kind != "opener" or token.text == "[" or (token.text == "(" and not wants_item(place)):
        return None
    inner = lexeme(place.text, token.end)
    size = place.last.kind == "NAME" and inner.kind == "number"
    round_one = not wants_item(place) and (token.text in ROUND or in_arguments(place) or size)
    ours, close = ("(", ")") if round_one else ("[", "]")
    partner = _partner(place, token)
    edits = [Edit((token.start, token.end), ours)]
    if partner:
        edits.append(Edit((partner.start, partner.end), close))
    kind = TERMINALS[ours]
    use = "arguments stand in ( )" if round_one else "groups and branches stand in [ ]"
    return Recovery(
        report(
            "SHP006",
            f"'{shown(token.text)}' opens no {'arguments' if round_one else 'group'}: {use}",
            (token.start, token.end),
            label=f"expected '{ours}'",
            help=(f"write {ours} … {close}",),
            fixes=(Fix(f"write {ours} … {close}", tuple(edits), "safe"),),
        ),
        (kind,) if place.can(kind) else ("ARROW", kind) if place.can("ARROW") else (),
        token.end,
        BRACKETS[token.text],
    )


def _partner(place: Place, token: Lexeme) -> Lexeme | None:
    """The closer of an opener, if it comes soon."""
    depth = 0
    for other in ahead(place.text, token.start):
        depth += (other.text == token.text) - (other.text == BRACKETS[token.text])
        if depth == 0:
            return other
    return None


def elided(place: Place, token: Lexeme) -> Recovery | None:
    """`...` and `…`, which leave the rest out; or three dots where a range has two."""
    two_dots = token.text[:1] == "." and place.last.text == ".." and place.last.end == token.start
    if two_dots or (token.kind == "ellipsis" and place.last.kind in ("NUMBER", "NAME") and place.can("__ANON_0")):
        start = place.last.start if two_dots else token.start
        number = re.compile(r"[.…\s]*").match(place.text, start)
        end = number.end() if number else token.end
        return Recovery(
            report(
                "SHP006",
                "a range has two dots",
                (start, end),
                label="expected '..'",
                help=("write 0..3 for the values 0, 1, 2 and 3",),
                fixes=put((start, end), "..", safe=True),
            ),
            () if two_dots else ("__ANON_0",),
            end,
        )
    if token.kind != "ellipsis":
        return None
    follower = lexeme(place.text, token.end)
    led_to = place.last.kind == "ARROW" and wants_item(place)
    span: Span = (place.last.end if behind_item(place) else token.start, token.end)
    if is_arrow(follower) and (led_to or not behind_item(place)):
        span = (token.start, lexeme(place.text, follower.end).start)
    elif led_to:
        span = (place.past[-2].end if len(place.past) > 1 else place.last.start, token.end)
    return Recovery(
        left_out((token.start, token.end), token.text, remove(span, "check the fragment without it")),
        ("NAME",) if led_to else (),
        token.end if led_to else span[1],
    )


def left_out(span: Span, written: str, fixes: tuple[Fix, ...] = ()) -> Diagnostic:
    """The diagnostic for a sign or a word that stands for layers which nobody has written."""
    return report(
        "SHP008",
        f"'{shown(written)}' leaves a part of the network out",
        span,
        label="no volume can be computed past this",
        help=("write the layers that stand here, or remove it to check the fragment as it is",),
        fixes=fixes,
    )
