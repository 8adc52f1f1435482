"""Mistakes in what stands between: signs that join nothing, stray bars and semicolons."""

from __future__ import annotations

import re

from shapecalc.diagnostics.diagnostic import Edit, Fix, Related, report
from shapecalc.syntax_errors.arrows import spaced
from shapecalc.syntax_errors.characters import left_out
from shapecalc.syntax_errors.context import (
    OpenBracket,
    Place,
    Recovery,
    begins_item,
    behind_item,
    in_arguments,
    put,
    remove,
    wants_item,
)
from shapecalc.syntax_errors.counts import item_end
from shapecalc.syntax_errors.lexemes import Lexeme, lexeme, shown


def foreign_comment(place: Place, token: Lexeme) -> Recovery | None:
    """`// …`, `/* … */` and `<!-- … -->`: comments of other languages."""
    match = re.compile(r"//[^\n]*|/\*.{0,2000}?\*/|<!--.{0,2000}?-->", re.DOTALL).match(place.text, token.start)
    if not match or in_arguments(place):
        return None
    opener = re.match(r"//|/\*|<!--", match.group())
    length = opener.end() if opener else 2
    span = (token.start, token.start + length)
    line = match.group().startswith("//")
    return Recovery(
        report(
            "SHP001",
            f"'{place.text[slice(*span)]}' does not begin a comment",
            span,
            label="expected '#'",
            help=("write # and the comment behind it, up to the end of the line",),
            fixes=put(span, "#", safe=True) if line else remove(match.span(), "remove the comment"),
        ),
        resume=match.end(),
    )


def joined_by_sign(place: Place, token: Lexeme) -> Recovery | None:
    """`CONV + RELU`, `CONV & RELU`, `[CONV, RELU]`, `CONV; RELU`."""
    if token.text not in ("+", "&", ",", ";", "/", "\\", "and", "then", ".", "$", "!", "%", "~"):
        return None
    if not behind_item(place) or not begins_item(lexeme(place.text, token.end)):
        return None
    line_ends = "\n" in place.text[token.end : lexeme(place.text, token.end).start]
    if token.text in ";," and not place.open and (line_ends or _statement_behind(place, token)):
        return None
    follower = lexeme(place.text, token.end)
    one = place.text[place.item : place.last.end]
    other = place.text[follower.start : item_end(place.text, follower.start)]
    adds = (f"or ADD[ {shown(one)} | {shown(other)} ] to add the two",) if token.text in "+&" else ()
    return Recovery(
        report(
            "SHP005",
            f"'{shown(token.text)}' does not join layers",
            (token.start, token.end),
            label=f"expected '{place.arrow}'",
            help=(f"write {shown(one)} {place.arrow} {shown(other)}", *adds),
            fixes=put((token.start, token.end), spaced(place, token)),
        ),
        ("ARROW",),
        token.end,
    )


def _statement_behind(place: Place, token: Lexeme) -> bool:
    return bool(re.compile(r"\s*(let|block)\b").match(place.text, token.end))


def stray_separator(place: Place, token: Lexeme) -> Recovery | None:
    """`|` where there are no branches, and `;` or `,` at the end of a statement."""
    if token.text == "|" and (behind_item(place) or wants_item(place)):
        return _bar(place, token)
    if token.text not in (";", ",") or place.open or not place.can("LET"):
        return None
    if re.compile(r"\s*[^\W\d]\w*\s*=[^>]").match(place.text, token.end):
        after = lexeme(place.text, token.end)
        return Recovery(
            report(
                "SHP014",
                f"'{shown(token.text)}' does not separate values",
                (token.start, token.end),
                label="expected a new line",
                help=(f"write let {shown(after.text)} = … in a line of its own",),
                fixes=put((token.start, after.start), "\nlet ", "begin a new line", safe=True),
            ),
            ("LET",),
            token.end,
        )
    return Recovery(
        report(
            "SHP014",
            f"'{shown(token.text)}' separates nothing here",
            (token.start, token.end),
            label="expected a new line, or the end",
            help=("statements need no separator: remove it, and begin a new line",),
            fixes=remove((token.start, token.end), "remove it"),
        ),
        resume=token.end,
    )


def _bar(place: Place, token: Lexeme) -> Recovery:
    feed = ("ARROW",) if behind_item(place) and begins_item(lexeme(place.text, token.end)) else ()
    if place.open and place.open[-1].told:
        return Recovery(None, feed, token.end)
    span = (token.start, token.end)
    if not place.open:
        follower = lexeme(place.text, token.end)
        one = shown(place.text[place.item : place.last.end]) or "a"
        other = shown(place.text[follower.start : item_end(place.text, follower.start)]) or "b"
        help = (
            f"write ADD[ {one} | {other} ] or CONCAT[ {one} | {other} ] for branches",
            f"or {one} {place.arrow} {other} to put one behind the other",
        )
        return Recovery(
            report("SHP014", "'|' stands outside of any branches", span, label="no [ is open here", help=help),
            feed,
            token.end,
        )
    top = place.open[-1]
    place.open[-1] = OpenBracket(top.kind, top.at, top.item, top.branch, top.odd, told=True)
    opener = (top.at.start, top.at.end)
    fixes = tuple(
        Fix(f"{verb} the branches", (Edit((opener[0], opener[0]), name),))
        for name, verb in (("CONCAT", "concatenate"), ("ADD", "add"))
    )
    return Recovery(
        report(
            "SHP014",
            "'|' stands in a group, and only ADD, CONCAT and MUL have branches",
            span,
            label="expected an arrow or ']'",
            help=("write CONCAT[ a | b ] to stack the branches over depth, ADD[ a | b ] to add them",),
            related=(Related(opener, "this group says not how its branches are joined"),),
            fixes=fixes,
        ),
        feed,
        token.end,
    )


def and_so_on(place: Place, token: Lexeme) -> Recovery | None:
    """`=> etc. => FC`."""
    if token.text != "." or place.last.text.lower() != "etc" or place.last.end != token.start:
        return None
    return Recovery(left_out((place.last.start, token.end), "etc."), resume=token.end)


def full_stop(place: Place, token: Lexeme) -> Recovery | None:
    """`=> FC.`: a sentence that ends."""
    if token.text != "." or not behind_item(place) or begins_item(lexeme(place.text, token.end)):
        return None
    return Recovery(
        report(
            "SHP014",
            "'.' ends nothing here",
            (token.start, token.end),
            label="expected an arrow, or nothing",
            help=("remove it: a chain ends with its last layer",),
            fixes=remove((token.start, token.end), "remove it"),
        ),
        resume=token.end,
    )
