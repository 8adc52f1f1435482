"""Mistakes in counts, numbers and sizes."""

from __future__ import annotations

import re

from shapecalc.diagnostics.diagnostic import Edit, Fix, report
from shapecalc.syntax_errors.context import (
    Place,
    Recovery,
    behind_item,
    in_arguments,
    put,
    remove,
    wants_item,
    wants_value,
    what,
)
from shapecalc.syntax_errors.lexemes import Lexeme, ahead, lexeme, shown
from shapecalc.syntax_errors.missing_arrows import times_sign


def missing_count(place: Place, token: Lexeme) -> Recovery | None:
    """`[…]*` with no count, or a negative one."""
    if place.last.kind != "STAR" or not place.can("NUMBER") or in_arguments(place):
        return None
    star = place.last
    following = lexeme(place.text, token.end)
    if token.text == "-" and following.kind in ("number", "word"):
        negative = (token.start, following.end)
        return Recovery(
            report(
                "SHP007",
                f"a count of -{shown(following.text)} cannot repeat anything",
                negative,
                label="expected 0 or more",
                help=("write a count such as 3; 0 leaves the part out",),
            ),
            ("NUMBER",),
            following.end,
        )
    return Recovery(
        report(
            "SHP007",
            f"'*' has no count before {what(token)}",
            (star.start, star.end),
            label="expected a count behind this",
            help=("write how often the part is repeated, such as *3, or *N with let N = 3",),
            fixes=remove((star.start, star.end), "remove the '*'"),
        ),
        ("NUMBER",),
    )


def count_in_brackets(place: Place, token: Lexeme) -> Recovery | None:
    """`*N+1`: a count of more than one part stands in brackets."""
    if len(place.past) < 2:
        return None
    through_arrow = place.last.kind == "ARROW" and place.last.text == "-" and token.kind == "number"
    sign = place.last if through_arrow else token
    count_at = -2 if through_arrow else -1
    if sign.text not in ("+", "-", "/", "//", "%") or len(place.past) < 1 - count_at:
        return None
    if place.past[count_at - 1].kind != "STAR" or place.past[count_at].kind not in ("NUMBER", "NAME"):
        return None
    if in_arguments(place) or not (through_arrow or behind_item(place)):
        return None
    start = place.past[count_at].start
    end = (token if through_arrow else lexeme(place.text, token.end)).end
    tail = re.compile(r"(?:\s*[-+*/%]+\s*\w+)*").match(place.text, end)
    end = tail.end() if tail else end
    if not re.match(r"[\w(]", place.text[sign.end : end].strip() or "="):
        return None
    count = place.text[start:end]
    return Recovery(
        report(
            "SHP007",
            f"the count {shown(count)} is not in brackets",
            (start, end),
            label=f"only {shown(place.past[count_at].text)} is read as the count",
            help=(f"write *({count})",),
            fixes=put((start, end), f"({count})", safe=True),
        ),
        ("NAME",) if through_arrow else (),
        end,
    )


def count_in_own_brackets(place: Place, token: Lexeme) -> Recovery | None:
    """`[CONV](2)`, `[CONV][2]`, `[CONV][×2]`, `[CONV]{2}`."""
    opener = place.last
    if token.kind == "number" and opener.kind == "LSQB" and [p.kind for p in place.past[-2:-1]] == ["RSQB"]:
        number = re.compile(r"\[\s*(\d+)\s*\]").match(place.text, opener.start)
        return (
            Recovery(times_sign(number.span(), place.text, number[1]), ("NAME", "RSQB"), number.end())
            if number
            else None
        )
    if token.kind != "opener" or not behind_item(place) or place.text[place.item : place.item + 1] != "[":
        return None
    count = re.compile(r"[(\[{]\s*[xX×*]?\s*(\d+)\s*[)\]}]").match(place.text, token.start)
    return Recovery(times_sign(count.span(), place.text, count[1]), ("STAR", "NUMBER"), count.end()) if count else None


def count_in_front(place: Place, token: Lexeme) -> Recovery | None:
    """`3 x [CONV]`, `3*[CONV]`, and `[CONV] x 3` or `[CONV] x3`."""
    if behind_item(place) and token.kind == "word":
        behind = re.compile(r"(?:[xX]|times|repeat)\s*(\d+)\b(?!\s*[(\[])").match(place.text, token.start)
        if behind:
            return Recovery(
                times_sign(behind.span(), place.text, behind[1]),
                ("STAR", "NUMBER"),
                behind.end(),
            )
    if behind_item(place):
        bare = re.compile(r"(?:\^\s*)?(\d+)\b(?!\s*[<x.])").match(place.text, token.start)
        if bare and (token.text == "^" or place.last.end == token.start):
            return Recovery(times_sign(bare.span(), place.text, bare[1]), ("STAR", "NUMBER"), bare.end())
    if not wants_item(place) or token.kind not in ("number", "word"):
        return None
    front = re.compile(r"(\d+)\s*[xX×*]\s*(?=[^\W\d]|\[)").match(place.text, token.start)
    if not front:
        return None
    end = item_end(place.text, front.end())
    repeated = f"{place.text[front.end() : end]}*{front[1]}"
    return Recovery(
        report(
            "SHP007",
            f"the count {front[1]} stands in front of what it repeats",
            (token.start, front.end()),
            label="expected a layer or '['",
            help=(f"write {shown(repeated)}",),
            fixes=(
                Fix(
                    f"write the count behind, *{front[1]}",
                    (Edit((front.start(), front.end()), ""), Edit((end, end), f"*{front[1]}")),
                    "safe",
                ),
            ),
        ),
        resume=front.end(),
    )


def item_end(text: str, start: int) -> int:
    """Where an item ends that begins at an offset."""
    depth, end = 0, start
    for i, token in enumerate(ahead(text, start)):
        if depth == 0 and i and token.text not in ("(", "["):
            break
        depth += (token.kind == "opener") - (token.kind == "closer")
        end = token.end
    return end


def size_by_signs(place: Place, token: Lexeme) -> Recovery | None:
    """`224*224*3` or `32, 32, 3` where a size stands as 224x224x3."""
    if not wants_item(place) or token.kind != "number":
        return None
    match = re.compile(r"\d+(?:\s*[*,·∗⋅]\s*\d+){1,3}(?!\w)").match(place.text, token.start)
    if not match:
        return None
    size = "x".join(re.findall(r"\d+", match.group()))
    instead = "LSQB" in [t.kind for t in place.past[-1:]] and place.open and place.open[-1].branch
    feed = ("NAME",) if instead or not place.can("SIZE") else ("SIZE",)
    return Recovery(
        report(
            "SHP016",
            f"the size {shown(match.group())} is not written with x",
            match.span(),
            label="expected a size",
            help=(f"write {size}",),
            fixes=put(match.span(), size, safe=True),
        ),
        feed,
        match.end(),
    )


def broken_number(place: Place, token: Lexeme) -> Recovery | None:
    """`.5`, `3.`, `64k`, `50%`, `3x`."""
    if place.can("NUMBER") and token.kind == "number" and token.text[0] == ".":
        span = (token.start, token.end)
        return Recovery(
            report(
                "SHP016",
                f"the number {shown(token.text)} has no digit before its point",
                span,
                label=f"expected 0{shown(token.text)}",
                help=(f"write 0{shown(token.text)}",),
                fixes=put(span, f"0{shown(token.text)}", safe=True),
            ),
            ("NUMBER",),
            token.end,
        )
    last = place.last
    if last.kind == "PERCENT" and len(place.past) > 1 and place.past[-2].kind == "NUMBER" and wants_value(place):
        return _percentage(place)
    apart = last.end != token.start and not (token.text in ("x", "X", "×") and in_arguments(place))
    if last.kind not in ("NUMBER", "SIZE", "FIGURE") or apart or token.kind not in ("word", "sign", "confusable"):
        return None
    if token.kind != "word" and token.text not in (".", "%", "!", "$", "~", "×"):
        return None
    match = re.compile(r"[\w.%]*").match(place.text, token.start)
    end = max(match.end() if match else 0, token.end)
    written = place.text[last.start : end]
    what_for = "size" if re.search("[xX×]", written) else "number"
    return Recovery(
        report(
            "SHP016",
            f"{shown(written)} is not a {what_for}",
            (last.start, end),
            label=f"expected a {what_for}, and it ends after {shown(last.text)}",
            help=("write sizes as 3x3, and numbers as 64, 0.5 or 1e-5",),
        ),
        resume=end,
    )


def _percentage(place: Place) -> Recovery:
    number, percent = place.past[-2], place.last
    try:
        share = f"{float(number.text.replace('_', '')) / 100:g}"
    except (ValueError, OverflowError):
        share = "0.5"
    span = (number.start, percent.end)
    return Recovery(
        report(
            "SHP016",
            f"{shown(number.text)}% is not a number: % is the remainder of a division",
            span,
            label="expected a share between 0 and 1",
            help=(f"write {share}",),
            fixes=put(span, share),
        ),
        ("NUMBER",),
    )
