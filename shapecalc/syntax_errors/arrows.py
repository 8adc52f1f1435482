"""Mistakes in arrows: misspelt, missing, with nothing at one end."""

from __future__ import annotations

import re

from shapecalc.diagnostics.diagnostic import Fix, report
from shapecalc.syntax_errors.context import (
    Place,
    Recovery,
    begins_item,
    behind_item,
    in_arguments,
    is_arrow,
    line_of,
    previous_item,
    put,
    remove,
    wants_item,
    what,
)
from shapecalc.syntax_errors.lexemes import Lexeme, ahead, begins_statement, shown
from shapecalc.syntax_errors.missing_arrows import arrow_missing


def broken_arrow(place: Place, token: Lexeme) -> Recovery | None:
    """`= >`, `==>`, `-->`, `—`, `<-`, `>` and their like."""
    lone = token.text in ("=", ">", "-", "--", "−", "<", "==") and not in_arguments(place)
    if token.kind not in ("broken", "reversed") and not lone:
        return None
    if not behind_item(place) or (token.text == "=" and looks_defined(place, token)):
        return None
    backwards = token.kind == "reversed"
    return Recovery(
        report(
            "SHP005",
            f"'{shown(token.text)}' points backwards" if backwards else f"'{shown(token.text)}' is not an arrow",
            (token.start, token.end),
            label=f"expected '{place.arrow}'",
            help=(
                "write the layers in the order in which data flows through them"
                if backwards
                else f"write {place.arrow}",
            ),
            fixes=() if backwards else put((token.start, token.end), spaced(place, token), safe=True),
        ),
        ("ARROW",),
        token.end,
    )


def spaced(place: Place, token: Lexeme) -> str:
    """The arrow, with a space on each side that has none."""
    left = "" if place.text[token.start - 1 : token.start].isspace() else " "
    right = "" if place.text[token.end : token.end + 1].isspace() else " "
    return f"{left}{place.arrow}{right}"


def looks_defined(place: Place, token: Lexeme) -> bool:
    """Whether `N =` or `name(…) =` begins a line, so that a word is missing rather than an arrow."""
    return bool(re.fullmatch(r"\s*([^\W\d]\w*|[^\W\dA-Z][^\WA-Z]*\s*\([^()]*\))\s*", line_of(place, token.start)))


def idle_arrow(place: Place, token: Lexeme) -> Recovery | None:
    """An arrow with nothing in front of it or nothing behind it."""
    if not wants_item(place):
        return None
    if is_arrow(token) or (place.last.kind == "ARROW" and token.text in ("=", ">")):
        return _leading(place, token)
    ends = token.kind in ("end", "closer") or token.text in ("|", ")", ",", ";", "?", ":")
    ends = ends or begins_statement(place.text, token.start)
    if place.last.kind != "ARROW" or not ends:
        return None
    arrow = place.last
    start = place.past[-2].end if len(place.past) > 1 else arrow.start
    return Recovery(
        report(
            "SHP015",
            f"'{shown(arrow.text)}' leads to nothing"
            if token.kind == "end"
            else f"a layer is missing between '{shown(arrow.text)}' and {what(token)}",
            (arrow.start, arrow.end),
            label="expected a layer behind this arrow",
            help=("write the layer that it leads to, or remove the arrow",),
            fixes=remove((start, arrow.end), "remove the arrow"),
        ),
        ("NAME",),
    )


def _leading(place: Place, token: Lexeme) -> Recovery:
    arrow = place.last
    span = (token.start, token.end)
    if arrow.kind == "ARROW":
        message, label = (
            f"a layer is missing between '{shown(arrow.text)}' and '{shown(token.text)}'",
            "expected a layer here",
        )
        help = "remove one of the arrows, or write a layer between them"
        fixes = remove((arrow.end, token.end), "remove this arrow")
    elif place.open:
        message = f"'{shown(token.text)}' has no layer in front of it"
        label = f"expected a layer behind '{shown(place.last.text)}'"
        help = "a group begins with a layer: put the arrow in front of the bracket"
        fixes = remove(span, "remove this arrow")
    else:
        message, label = f"'{shown(token.text)}' has no layer in front of it", "expected a layer before this arrow"
        help, fixes = "start with the input, such as INPUT(32x32x3)", ()
    return Recovery(report("SHP015", message, span, label=label, help=(help,), fixes=fixes), resume=token.end)


def missing_arrow(place: Place, token: Lexeme) -> Recovery | None:
    """Two items side by side."""
    if not behind_item(place) or not begins_item(token) or token.text == "(":
        return None
    following = ahead(place.text, token.start, 60)
    end = token.end
    if token.text == "@" and len(following) > 1:
        end = following[1].end
    elif len(following) > 1 and following[0].kind == "word" and following[1].text == "(":
        depth = 0
        for other in following[1:]:
            depth += (other.text == "(") - (other.text == ")")
            if depth == 0:
                end = other.end
                break
    return Recovery(
        arrow_missing(previous_item(place), (token.start, end), place.text, place.arrow),
        ("ARROW",),
        token.start,
    )


def misplaced_value(place: Place, token: Lexeme) -> Recovery | None:
    """A size or a number in the chain, where a layer should stand."""
    if not wants_item(place) or token.kind not in ("size", "number"):
        return None
    span = (token.start, token.end)
    last = place.last
    if token.kind == "size":
        fixes: tuple[Fix, ...] = ()
        if last.kind == "ARROW" and len(place.past) > 1:
            fixes = put((place.past[-2].end, token.start), ": ", f"write : {shown(token.text)} as a claim")
        return Recovery(
            report(
                "SHP015",
                f"the size {shown(token.text)} stands where a layer should",
                span,
                label="expected a layer",
                help=(f"write : {shown(token.text)} behind a layer to claim its volume",),
                fixes=fixes,
            ),
            ("NAME",),
            token.end,
        )
    return Recovery(
        report(
            "SHP015",
            f"the number {shown(token.text)} stands where a layer should",
            span,
            label="expected a layer",
            help=(f"write FC({shown(token.text)}) for a layer with so many outputs",),
        ),
        ("NAME",) if last.kind == "ARROW" or place.open else (),
        token.end,
    )


def broken_block(place: Place, token: Lexeme) -> Recovery | None:
    """`block b(c) => CONV(c)`: the first half of the arrow was read as the sign of the definition."""
    sign = place.last
    if sign.kind != "EQUAL" or token.text[:1] != ">" or token.start != sign.end or not wants_item(place):
        return None
    head = line_of(place, sign.start).strip()
    body = place.text[token.start + 1 :].partition("\n")[0].partition("#")[0].strip() or "CONV(64)"
    return Recovery(
        report(
            "SHP005",
            f"an arrow stands behind {head}, and a block is defined with '='",
            (sign.start, token.start + 1),
            label="expected '='",
            help=(f"write {shown(f'{head} = {body}', 70)}",),
            fixes=put((sign.start, token.start + 1), "=", safe=True),
        ),
        resume=token.start + 1,
    )
