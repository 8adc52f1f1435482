"""Loops as other languages write them: the `for` in front, `repeat 3 [ … ]`, a count with an x behind it."""

from __future__ import annotations

import re

from shapecalc.diagnostics.diagnostic import Edit, Fix, report
from shapecalc.syntax_errors.context import Place, Recovery, behind_item, put
from shapecalc.syntax_errors.lexemes import Lexeme, ahead, lexeme, shown

_VALUE = r"(?:\([^()\n]*\)|[\w.^]+\s*\.\.\s*[\w.^]+|\d[\w.]*|[^\W\d]\w*(?!\s*[(\[]))"
_HEAD = re.compile(
    rf"for\s+([^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\s+in\s+(range\([^()\n]*\)|\[[^\[\]\n]*\]|{_VALUE}(?:\s*,\s*{_VALUE})*)"
    r"[ \t]*(?::|=>|->|,)?\s*"
)


def for_in_front(place: Place, token: Lexeme) -> Recovery | None:
    """`[for c in 3, 4 CONV(c)]`, `for c in 64, 128: CONV(c)`."""
    if not behind_item(place) or place.last.text != "for" or place.last.kind != "NAME":
        return None
    head = _HEAD.match(place.text, place.last.start)
    if head is None:
        return None
    values = head[2]
    counted = re.fullmatch(r"range\(\s*(\d+)\s*\)", values)
    if counted:
        values = f"0..{int(counted[1][:9]) - 1}"
    elif values.startswith("["):
        values = values[1:-1].strip()
    grouped = bool(place.open) and place.open[-1].kind == "LSQB" and not place.open[-1].branch
    start = place.last.start
    end = _body_end(place.text, head.end(), whole=grouped)
    body = place.text[head.end() : end].strip()
    bare = body[1:-1].strip() if body.startswith("[") and body.endswith("]") else body
    written = f"{bare or 'CONV(c)'} for {head[1]} in {values}"
    if not grouped:
        written = f"[{written}]"
    return Recovery(
        report(
            "SHP019",
            f"'for {shown(head[1])} in {shown(head[2])}' stands in front of what it repeats",
            (start, head.end(2)),
            label="expected behind the layers, before ']'",
            help=(f"write {shown(written if not grouped else f'[{written}]', 70)}",),
            fixes=put((start, end), written, "put the for behind") if bare else (),
        ),
        resume=end,
    )


def _body_end(text: str, start: int, *, whole: bool) -> int:
    """Where the body of a for ends: at the closer around it, or behind one item."""
    depth, end = 0, start
    for i, part in enumerate(ahead(text, start)):
        if part.kind == "closer" and depth == 0:
            break
        if not whole and depth == 0 and i and part.text not in ("(", "["):
            break
        depth += (part.kind == "opener") - (part.kind == "closer")
        end = part.end
    return end


def repeat_in_front(place: Place, token: Lexeme) -> Recovery | None:
    """`repeat 3 [CONV]`, `repeat(3)[CONV]`, `loop 3: [CONV]`."""
    found = repeated(place.text, place.item) if behind_item(place) else None
    return found if found and found.resume and found.resume > token.start else None


def repeated(text: str, start: int) -> Recovery | None:
    """What is said of a word at an offset that repeats the group behind it in other languages."""
    match = re.compile(r"(?:repeat|loop|times|for)\s*\(?\s*(\d+|[A-Z])\s*\)?\s*(?:times|x)?\s*:?\s*(?=\[)", re.I).match(
        text, start
    )
    if not match:
        return None
    end = _body_end(text, match.end(), whole=False)
    written = f"{text[match.end() : end]}*{match[1]}"
    edits = (Edit(match.span(), ""), Edit((end, end), f"*{match[1]}"))
    return Recovery(
        report(
            "SHP007",
            f"'{shown(match.group())}' stands in front of what it repeats",
            (match.start(), match.end()),
            label=f"expected *{shown(match[1])} behind the group",
            help=(f"write {shown(written, 60)}",),
            fixes=(Fix(f"write the count behind, *{match[1]}", edits),),
        ),
        resume=end,
    )


def count_with_x(place: Place, token: Lexeme) -> Recovery | None:
    """`CONV*3x`, `[CONV]*2 times`, `CONV ** 2`."""
    past = place.past
    if token.text == "*" and place.last.kind == "STAR" and place.last.end == token.start:
        span = (place.last.start, token.end)
        return Recovery(
            report("SHP007", "'**' does not repeat anything", span, label="expected '*'", help=("write *",),
                    fixes=put(span, "*", safe=True)),
            resume=token.end,
        )  # fmt: skip
    if len(past) < 2 or past[-2].kind != "STAR" or past[-1].kind != "NUMBER":
        return None
    return too_many_words(place.text, past[-2].start, token.end)


def too_many_words(text: str, star: int, end: int) -> Recovery | None:
    """`*3x` and `*2 times`, up to an offset."""
    match = re.fullmatch(r"\*\s*(\d+)(\s*(?:x|times|fold))", text[star:end], re.IGNORECASE)
    if not match:
        return None
    return Recovery(
        report(
            "SHP007",
            f"the count {shown(match[1] + match[2])} has a word too many",
            (end - len(match[1] + match[2]), end),
            label=f"expected {shown(match[1])}",
            help=(f"write *{shown(match[1])}",),
            fixes=put((end - len(match[2]), end), "", f"write *{shown(match[1])}", safe=True),
        ),
        resume=end,
    )


def for_missing(place: Place, token: Lexeme) -> Recovery | None:
    """`[CONV(c), c in 64, 128]`, `[CONV(c); c in 64, 128]`."""
    match = re.compile(r"[;,|:]\s*(?=[^\W\d]\w*(?:\s*,\s*\w+)*\s+in\s)").match(place.text, token.start)
    if not match or not behind_item(place) or not place.can("FOR"):
        return None
    return Recovery(
        report(
            "SHP019",
            f"'{shown(token.text)}' stands where a group has 'for'",
            (token.start, token.end),
            label="expected 'for'",
            help=("write for",),
            fixes=put(match.span(), " for ", safe=True),
        ),
        ("FOR",),
        match.end(),
    )


def values_without_comma(place: Place, token: Lexeme) -> Recovery | None:
    """`for c in 64 128`."""
    kinds = [part.kind for part in place.past]
    if token.kind not in ("number", "word") or token.text in ("for", "in", "as"):
        return None
    if "IN" not in kinds or not place.can("COMMA") or place.can("ARROW"):
        return None
    if place.last.kind not in ("NUMBER", "NAME", "RPAR") or (place.open and place.open[-1].kind == "LPAR"):
        return None
    follower = lexeme(place.text, token.end)
    between = place.text[place.last.end : token.start]
    if between.strip(" \t") or not (follower.text == "]" or follower.kind == "number"):
        return None
    one, other = shown(place.last.text), shown(token.text)
    return Recovery(
        report(
            "SHP019",
            f"a comma is missing between {one} and {other}",
            (place.last.start, token.end),
            label="expected ',' between the two",
            help=(f"write {one}, {other}",),
            fixes=put((place.last.end, place.last.end), ",", "insert the comma", safe=True),
        ),
        ("COMMA",),
        token.start,
    )
