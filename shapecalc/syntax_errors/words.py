"""Mistakes in definitions: let, block, as, for and taps without their name, sign or word."""

from __future__ import annotations

import re
from dataclasses import replace

from shapecalc.diagnostics.diagnostic import report
from shapecalc.registry import layer_names
from shapecalc.syntax_errors.arrows import looks_defined
from shapecalc.syntax_errors.context import Place, Recovery, begins_item, behind_item, in_arguments, line_of, put
from shapecalc.syntax_errors.counts import item_end
from shapecalc.syntax_errors.lexemes import Lexeme, lexeme, shown
from shapecalc.syntax_errors.missing_arrows import INPUTS
from shapecalc.syntax_errors.notations import layer_of

_NAMED = {
    "LET": ("let", "let N = 3"),
    "BLOCK": ("block", "block stage(c) = CONV(c) => RELU"),
    "AS": ("as", "CONV(64) as features"),
    "AT": ("@", "@features, with … as features where it is taken"),
    "FOR": ("for", "for c in 64, 128"),
}


def missing_name(place: Place, token: Lexeme) -> Recovery | None:
    """`let = 3`, `block (c) = …`, `as =>`, `@ =>`."""
    last = place.last
    if last.kind not in _NAMED or not place.can("NAME"):
        return None
    word, example = _NAMED[last.kind]
    taken = token.kind in ("number", "size", "other", "sign") and token.text not in (
        "=",
        ",",
        "|",
        "*",
        "?",
        ":",
    )
    return Recovery(
        report(
            "SHP017",
            f"{word} has no name, and {shown(token.text)} cannot be one" if taken else f"{word} has no name",
            (last.start, token.end if taken else last.end),
            label="expected a name behind this",
            help=(f"write {example}",),
        ),
        ("NAME",),
        token.end if taken else None,
    )


def missing_mark(place: Place, token: Lexeme) -> Recovery | None:
    """`let N 3`, `block b(c) CONV`, `for c 64`."""
    behind_name = place.last.kind == "NAME" and len(place.past) > 1
    before = place.past[-2].kind if behind_name else ""
    if place.can("EQUAL") and not (in_arguments(place) or behind_item(place) or place.can("COMPARISON")):
        sign, word = "=", "let" if before == "LET" else "block"
    elif place.can("IN"):
        sign, word = "in", "for"
    else:
        return None
    if not place.last.text:
        return Recovery(None, ("IN",) if sign == "in" else ("EQUAL",))
    if place.last.text == "in":
        return _nameless_for(place, token)
    after = token.text in ("=", ":", ":=", "==", "is", "of", "be", "->", "=>", "in", "<-")
    name = shown(place.last.text)
    subject = f"{word} {name}" if behind_name and before in ("LET", "BLOCK", "FOR", "COMMA") else word
    span = (place.last.start, token.end if after else place.last.end)
    spaced = f" {sign} " if sign == "in" else f" {sign}"
    return Recovery(
        report(
            "SHP019",
            f"'{sign}' is missing behind {subject}",
            span,
            label=f"expected '{sign}'" + (f", found '{shown(token.text)}'" if after else " behind this"),
            help=(f"write {_with_mark(place, token.end if after else place.last.end, sign, word)}",),
            fixes=put((token.start, token.end), sign, safe=True)
            if after
            else put(
                (place.last.end, place.last.end),
                spaced.rstrip() + ("" if token.start > place.last.end else " "),
            ),
        ),
        ("IN",) if sign == "in" else ("EQUAL",),
        token.end if after else None,
    )


def _with_mark(place: Place, behind: int, sign: str, word: str) -> str:
    """The definition on this line with its sign; what stands behind it is shown where it is plain."""
    line = line_of(place, place.last.end)
    head = re.compile(rf".*\b({word}\s+\S.*)").match(line)
    rest = re.compile(r"[^\n\]#]*" if sign == "in" else r"[^\n#]*").match(place.text, behind)
    body = rest.group().strip() if rest else ""
    plain = re.fullmatch(r"\w.*", body) and len(body) <= 40
    return f"{shown(head[1] if head else word, 40)} {sign} {body if plain else '…'}"


def stray_for(place: Place, token: Lexeme) -> Recovery | None:
    """`for` misspelt, or outside of the brackets that it repeats."""
    match = re.compile(r"([^\W\d]\w*)\s+\w+(?:\s*,\s*\w+)*\s+in\b").match(place.text, token.start)
    if not match or not behind_item(place):
        return None
    span = (token.start, token.end)
    if place.can("FOR"):
        return Recovery(
            report(
                "SHP019",
                f"'for' is missing before {shown(match.group())}",
                span,
                label=f"expected 'for', found {shown(token.text)}",
                help=("write for c in 64, 128",),
                fixes=put(span, "for"),
            ),
            ("FOR",),
            token.end,
        )
    if token.text != "for":
        return None
    end = re.compile(r"[^\]\n=]*+\]?").match(place.text, match.end())
    return Recovery(
        report(
            "SHP019",
            "'for' stands outside of brackets",
            span,
            label="expected '[' before the part that it repeats",
            help=("write [CONV(c) => RELU for c in 64, 128]",),
        ),
        resume=end.end() if end else token.end,
    )


def _nameless_for(place: Place, token: Lexeme) -> Recovery:
    """`for in 1, 2`: the word was taken for the name."""
    return Recovery(
        report(
            "SHP017",
            "for has no name",
            (place.past[-2].start, place.last.end),
            label="expected a name before in",
            help=("write for c in 64, 128",),
        ),
        ("IN",),
        token.start,
    )


def undeclared(place: Place, token: Lexeme) -> Recovery | None:
    """`N = 3` without let, `fire(s) = …` without block."""
    if token.text != "=" or not behind_item(place) or place.open or not looks_defined(place, token):
        return None
    follower = lexeme(place.text, token.end)
    line = line_of(place, token.start)
    head = line.strip()
    start = token.start - len(line.lstrip())
    written = place.text[start:].partition("\n")[0].partition("#")[0].strip()
    if follower.kind in ("number", "size") or follower.text in ("(", "-"):
        keyword = "let"
    elif begins_item(follower) and ("(" in head or head.islower()):
        keyword = "block"
    else:
        return None
    return Recovery(
        report(
            "SHP019",
            f"{keyword} is missing before {shown(head)}",
            (start, start + len(head)),
            label=f"expected {keyword} {shown(head)}",
            help=(f"write {keyword} {shown(written, 60)}",),
            fixes=put((start, start), f"{keyword} ", safe=True),
        ),
        ("LET", "NAME", "EQUAL") if keyword == "let" else ("BLOCK", "NAME", "EQUAL"),
        token.end,
    )


def input_defined(place: Place, token: Lexeme) -> Recovery | None:
    """`INPUT = 224x224x3`."""
    size = re.compile(r"=\s*(\d+(?:\s*[xX×*]\s*\d+)+)").match(place.text, token.start)
    if not size or not behind_item(place) or place.last.text.upper() not in INPUTS:
        return None
    written = f"{place.last.text}({'x'.join(re.findall(r'[0-9]+', size[1]))})"
    span = (place.last.start, size.end())
    return Recovery(
        report("SHP019", f"the size of {place.last.text} stands behind '='", span, label=f"expected {shown(written)}",
                help=(f"write {shown(written)}",), fixes=put(span, written, safe=True)),
        resume=size.end(),
    )  # fmt: skip


def other_let(place: Place, token: Lexeme) -> Recovery | None:
    """`var n = 3`, `const n = 3`."""
    match = re.compile(r"(?:var|const|set|define|int|local)[ \t]+([^\W\d]\w*[ \t]*=[ \t]*[^\n#]+)").match(
        place.text, token.start - len(line_of(place, token.start).lstrip())
    )
    if token.text != "=" or not match or place.open or not match.start() < token.start < match.end():
        return None
    written = f"let {match[1].strip()}"
    return Recovery(
        report("SHP019", f"{shown(match.group())} defines nothing", match.span(), label="expected let",
                help=(f"write {shown(written, 60)}",), fixes=put(match.span(), written)),
        resume=match.end(),
    )  # fmt: skip


def layer_behind_colon(place: Place, token: Lexeme) -> Recovery | None:
    """`conv1: CONV(64)`, where the name stands in front, and `CONV(64): RELU`, where the colon should be an arrow."""
    past = place.past
    feed, resume = ("EQUAL", "FIGURE"), 0
    if past and past[-1].text == "=" and token.text[:1] == ">" and token.start == past[-1].end:
        # the first half of an arrow was read as the sign of a claim
        past, feed, resume = past[:-1], ("FIGURE", "ARROW"), token.start + 1
    if len(past) < 3 or past[-1].kind != "NAME" or past[-2].kind != "COLON" or layer_of(past[-1].text) is None:
        return None
    if not (resume or place.can("EQUAL")) or token.text in ("=", "<=", ">=", "<"):
        return None
    key, front = past[-1], past[-3]
    end = item_end(place.text, key.start)
    layer = place.text[key.start : end]
    if front.kind == "NAME" and front.start == place.item and not _is_layer(front.text):
        return replace(_name_behind(front, layer, end, feed), resume=resume or end)
    span = (past[-2].start, past[-2].end)
    return Recovery(
        report(
            "SHP005",
            f"':' claims a volume or a figure, and {shown(layer)} is a layer",
            span,
            label=f"expected '{place.arrow}'",
            help=(f"write {place.arrow} {shown(layer, 60)}",),
            fixes=put((past[-2].start, key.start), f" {place.arrow} ", f"write {place.arrow}"),
        ),
        feed,
        resume or end,
    )


def named_in_front(place: Place, token: Lexeme) -> Recovery | None:
    """`=> conv1 = CONV(64)`."""
    front, follower = place.last, lexeme(place.text, token.end)
    if token.text not in ("=", ":=") or not behind_item(place) or front.kind != "NAME" or front.start != place.item:
        return None
    if follower.kind != "word" or layer_of(follower.text) is None or _is_layer(front.text):
        return None
    end = item_end(place.text, follower.start)
    return _name_behind(front, place.text[follower.start : end], end, ())


def _is_layer(word: str) -> bool:
    """Whether a word is the name of a layer as it stands: `conv1` is how people number theirs."""
    return word.upper() in layer_names()


def _name_behind(front: Lexeme, layer: str, end: int, feed: tuple[str, ...]) -> Recovery:
    written = f"{layer} as {front.text}"
    return Recovery(
        report(
            "SHP019",
            f"the name {shown(front.text)} stands in front of its layer",
            (front.start, end),
            label="expected the layer, then 'as' and its name",
            help=(f"write {shown(written, 60)}",),
            fixes=put((front.start, end), written, f"write {shown(written)}", safe=True),
        ),
        feed,
        end,
    )
