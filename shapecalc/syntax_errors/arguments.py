"""Mistakes in values, arguments and claims: missing, or missing a comma."""

from __future__ import annotations

import re

from shapecalc.diagnostics.diagnostic import Diagnostic, Fix, report
from shapecalc.syntax_errors.context import (
    Place,
    Recovery,
    in_arguments,
    is_arrow,
    put,
    remove,
    wants_item,
    wants_value,
)
from shapecalc.syntax_errors.lexemes import Lexeme, begins_statement, lexeme, shown


def missing_value(place: Place, token: Lexeme) -> Recovery | None:
    """`CONV(K=)`, `CONV(64,,3)`, `let N =`, `CONV(3 + )`."""
    parameter = in_arguments(place) and place.can("NAME") and not place.can("NUMBER")
    if not wants_value(place) and not parameter:
        return None
    last = place.last
    if not place.past:
        return None
    if parameter and token.text == "=":
        return _nameless_parameter(token)
    if not last.text and last.kind == "EQUAL":
        return Recovery(None, ("NUMBER",))
    if begins_statement(place.text, token.start):
        pass
    elif token.kind in ("number", "word", "size", "opener") or (
        token.kind not in ("closer", "end") and token.text not in (",", ";", "|", ":") and not is_arrow(token)
    ):
        return None
    span = (last.start, token.end) if token.text == "," and token.end - last.start < 20 else (last.start, last.end)
    fixes: tuple[Fix, ...] = ()
    if token.text == "," and last.kind in ("COMMA", "LPAR"):
        where = "between two commas" if last.kind == "COMMA" else "before the comma"
        message = f"{'a parameter' if parameter else 'an argument'} is missing {where}"
        help = "write the argument, or remove the comma; what is left out has its default"
        if parameter:
            help = "write the parameter, or remove the comma"
        fixes = remove((token.start, token.end), "remove the comma")
    elif last.kind == "EQUAL" and len(place.past) > 1:
        key = place.past[-2].text
        key = key if len(place.past) < 3 or place.past[-3].kind not in ("LET", "BLOCK") else f"let {key}"
        message = f"{key} has no value"
        help = f"write a value, such as {key} {'=' if key.startswith('let') else ''} 3".replace("  ", " ")
        if not key.startswith("let"):
            help = f"write a value, such as {key}=3, or remove {key}= to have its default"
            span = (place.past[-2].start, last.end)
    elif last.kind in ("IN", "COMMA") and not in_arguments(place):
        message, help = "a value is missing in the list of the for", "write values, such as for c in 64, 128"
    else:
        message = f"a value is missing behind '{shown(last.text)}'"
        help = "write a number or a name, or remove the sign"
    return Recovery(
        report("SHP018", message, span, label="expected a value", help=(help,), fixes=fixes),
        ("NUMBER",) if token.text != "," else (),
        token.end if token.text == "," else None,
    )


def _nameless_parameter(token: Lexeme) -> Recovery:
    """`block b(c, =1)`."""
    return Recovery(
        report(
            "SHP017",
            "a parameter has no name",
            (token.start, token.end),
            label="expected a name before this",
            help=("write block stage(c, s=1) = CONV(c, 3, s)",),
        ),
        ("NAME",),
    )


def missing_comma(place: Place, token: Lexeme) -> Recovery | None:
    """`CONV(64 3)`, `CONV(K: 64)`, `CONV(64; 3)`."""
    if not in_arguments(place) or not place.can("COMMA"):
        return None
    last = place.last
    if token.text in (":", ":=", "->", "=>") and last.kind == "NAME" and place.can("EQUAL"):
        key = last.text
        return Recovery(
            report(
                "SHP019",
                f"the argument {key} is written with '{shown(token.text)}'",
                (last.start, token.end),
                label="expected '='",
                help=(f"write {key}={shown(lexeme(place.text, token.end).text)}",),
                fixes=put((last.end, lexeme(place.text, token.end).start), "=", f"write {key}=", safe=True),
            ),
            ("EQUAL",),
            token.end,
        )
    if token.text in (";", "|", "/") or (token.kind == "sign" and token.text in "&"):
        return Recovery(
            report(
                "SHP019",
                f"arguments are separated by '{shown(token.text)}'",
                (token.start, token.end),
                label="expected ','",
                help=("write ,",),
                fixes=put((token.start, token.end), ",", safe=True),
            ),
            ("COMMA",),
            token.end,
        )
    if token.kind not in ("number", "word", "size"):
        return None
    return Recovery(
        report(
            "SHP019",
            f"a comma is missing between {shown(last.text)} and {shown(token.text)}",
            (last.start, token.end) if token.end - last.start < 60 else (token.start, token.end),
            label="expected ',' between the two",
            help=(f"write {shown(last.text)}, {shown(token.text)}",),
            fixes=put((last.end, last.end), ",", "insert the comma"),
        ),
        ("COMMA",),
        token.start,
    )


def value_below(place: Place, token: Lexeme) -> Recovery | None:
    """`let N =` with nothing behind it, where the next line begins with a layer."""
    past = place.past
    if len(past) < 4 or [t.kind for t in past[-4:-1]] != ["LET", "NAME", "EQUAL"] or past[-1].kind != "NAME":
        return None
    if "\n" not in place.text[past[-2].end : past[-1].start] or not (is_arrow(token) or token.text == "("):
        return None
    return Recovery(
        report(
            "SHP018",
            f"let {shown(past[-3].text)} has no value",
            (past[-4].start, past[-2].end),
            label="expected a value behind this",
            help=(f"write let {shown(past[-3].text)} = 3",),
        ),
        ("NAME", "ARROW") if is_arrow(token) else ("NAME",),
        token.end if is_arrow(token) else token.start,
    )


def bad_claim(place: Place, token: Lexeme) -> Recovery | None:
    """`: ` with nothing behind it, or with something that claims nothing."""
    claims = place.can("SIZE", "LSQB") and not wants_item(place) and not place.can("NUMBER")
    figure = place.can("FIGURE")
    if figure and place.last.text == "=" and token.text[:1] == ">":
        return _no_figure(place, token)
    if place.can("EQUAL") and place.can("COMPARISON") and not in_arguments(place) and place.last.text:
        return _bare_key(place)
    if not (figure or (claims and place.last.kind in ("COLON", "COMMA", "LSQB"))):
        return None
    if figure:
        key = shown(place.past[-2].text) if len(place.past) > 1 else "a figure"
        subject, example = f"the claim {key}", f"{key}=34944, {key}=61M or {key} <= 5M"
    else:
        subject, example = "the claim", ": 55x55x96, or : params=34944"
    empty = token.kind in ("end", "closer", "opener", "arrow", "broken") or token.text in (",", "|", "@")
    stars = re.compile(r"\d+(?:\s*[*,]\s*\d+)+|[\w.]+(?:\s*[-+*/^]\s*[\w.]+)*").match(place.text, token.start)
    end = token.end if empty or not stars else stars.end()
    size = re.fullmatch(r"\d+(\s*\*\s*\d+)+", place.text[token.start : end]) and not figure
    written = "x".join(re.findall(r"\d+", place.text[token.start : end])) if size else ""
    return Recovery(
        report(
            "SHP018" if empty else "SHP016",
            f"{subject} has no figure"
            if empty and figure
            else f"'{shown(place.last.text)}' is followed by no claim"
            if empty
            else f"{subject}{'=' if figure else ' '}{shown(place.text[token.start : end])} cannot be read",
            (place.last.start, place.last.end) if empty else (token.start, end),
            label="expected a volume or a figure" if not figure else "expected a figure",
            help=(f"write {written}" if written else f"write {example}",),
            fixes=put((token.start, end), written, safe=True) if written else (),
        ),
        ("FIGURE",) if figure else ("SIZE",),
        None if empty else end,
    )


def _bare_key(place: Place) -> Recovery:
    """`: x`: a claim that is a word alone."""
    return Recovery(_claim_without_figure(place.last), ("EQUAL", "FIGURE"))


def _claim_without_figure(key: Lexeme) -> Diagnostic:
    return report(
        "SHP018",
        f"the claim {shown(key.text)} has no figure",
        (key.start, key.end),
        label="expected a volume or a figure",
        help=(f"write : 55x55x96, or : {shown(key.text)}=34944",),
    )


def missing_claim_comma(place: Place, token: Lexeme) -> Recovery | None:
    """`: 55x55x96 memory=3`: a second claim stands behind the first without a comma."""
    begun = place.last.kind == "NAME" and token.kind != "word" and not place.open
    key, before = (place.last, place.past[-2:-1]) if begun else (token, place.past[-1:])
    second = re.compile(r"[^\W\d]\w*\s*(?:=(?![=>])|<=|>=|<|>)\s*~?\d[\w.]*").match(place.text, key.start)
    if not second or not before or before[0].kind not in ("SIZE", "FIGURE") or in_arguments(place):
        return None
    first = before[0]
    if "\n" in place.text[first.end : key.start] or "," in place.text[first.end : key.start]:
        return None
    return Recovery(
        report(
            "SHP019",
            f"a comma is missing between {shown(first.text)} and {shown(key.text)}",
            (first.start, key.end),
            label="expected ',' between the two claims",
            help=(f"write {shown(first.text)}, {shown(second.group())}",),
            fixes=put((first.end, first.end), ",", "insert the comma", safe=True),
        ),
        () if begun else ("COMMA",),
        second.end() if begun else token.start,
    )


def _no_figure(place: Place, token: Lexeme) -> Recovery:
    """`: big => …`: the first half of an arrow was read as the sign of the claim."""
    return Recovery(_claim_without_figure(place.past[-2]), ("FIGURE", "ARROW"), token.start + 1)
