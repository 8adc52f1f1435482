"""Layers in the notation of papers and other tools: `3x3 CONV, 64`, `CONV 64 3x3`, `stride 2`, `MAX POOL`."""

from __future__ import annotations

import re

from shapecalc.core.layer import Layer
from shapecalc.diagnostics.diagnostic import Diagnostic, Span, report
from shapecalc.registry import layer_names
from shapecalc.syntax_errors.context import Place, Recovery, behind_item, in_arguments, put, wants_item
from shapecalc.syntax_errors.lexemes import Lexeme, shown

_SYNONYMS = {
    "filter": "K", "kernels": "K", "channel": "K", "channels": "K", "maps": "K", "feature": "K", "features": "K",
    "neurons": "K", "nodes": "K", "hidden": "K", "outputs": "K", "classes": "K", "unit": "K", "units": "K",
    "filters": "K", "kernel": "F", "window": "F", "pool": "F", "stride": "S", "strides": "S", "step": "S",
    "pad": "P", "pads": "P", "padding": "P", "rate": "p",
}  # fmt: skip
"""What people call arguments beside their names."""

_SIZE = r"\d+(?:\s*[xX×]\s*\d+)+"


def layer_of(word: str) -> type[Layer] | None:
    """The layer type of a name, be it with a number or in several words."""
    known = layer_names().get(re.sub(r"[\s_-]|\d+$", "", word).upper()) or layer_names().get(word.upper())
    return known[0] if known else None


def letter_of(layer: type[Layer] | None, word: str) -> str | None:
    """The letter of the argument that a word means for a layer."""
    if layer is None:
        return None
    meant = _SYNONYMS.get(word.lower(), word).lower()
    exact = [a.letter for a in layer.signature if a.letter == _SYNONYMS.get(word.lower(), word)]
    named = [a.letter for a in layer.signature if meant == a.letter.lower() or word.lower() in a.names]
    return next(iter(exact or named), None)


def argument_in_words(place: Place, token: Lexeme) -> Recovery | None:
    """`CONV(64 filters)`, `CONV(64, kernel 3)`, `CONV(64, stride of 2)` and `CONV(64, 3, /2)`."""
    if not in_arguments(place):
        return None
    opener = place.open[-1]
    layer = layer_of(place.text[opener.item : opener.at.start].strip())
    last = place.last
    halved = re.compile(r"/\s*(\d+)").match(place.text, token.start)
    if halved and last.kind in ("COMMA", "LPAR") and letter_of(layer, "S"):
        return _written(f"'{halved.group()}' is no argument", halved.span(), f"S={halved[1]}", ("NUMBER",))
    if last.kind in ("NUMBER", "SIZE") and token.kind == "word" and place.can("COMMA"):
        letter = letter_of(layer, token.text)
        glued = last.end == token.start and len(token.text) == 1
        if (
            glued
            or letter is None
            or layer is None
            or not place.past[-2:-1]
            or place.past[-2].kind not in ("COMMA", "LPAR")
        ):
            return None
        at = place.text.count(",", opener.at.end, last.start)
        by_place = at < len(layer.signature) and layer.signature[at].letter == letter
        message = f"{shown(last.text)} {shown(token.text)} is no argument"
        return _written(message, (last.start, token.end), last.text if by_place else f"{letter}={last.text}")
    value = re.compile(rf"(?:of\s+|is\s+)?({_SIZE}|\d[\w.]*|same\b|valid\b|full\b)").match(place.text, token.start)
    if last.kind == "NAME" and value and place.can("EQUAL") and letter_of(layer, last.text):
        message = f"'=' is missing between {shown(last.text)} and {shown(value[1])}"
        letter = letter_of(layer, last.text)
        return _written(message, (last.start, value.end()), f"{letter}={value[1]}", ("EQUAL", "NUMBER"))
    return None


def several_numbers(place: Place, token: Lexeme) -> Recovery | None:
    """`CONV 64 3x3`, `POOL 2x2 max` and `CONV 3-64`."""
    past = place.past
    if not behind_item(place) or len(past) < 2 or (past[-2].kind, past[-2].start) != ("NAME", place.item):
        return None
    found = numbers_behind(place.text, place.item)
    return found if found and found.resume and found.resume > token.start else None


def numbers_behind(text: str, start: int) -> Recovery | None:
    """What is said of a name at an offset with several numbers, sizes or words behind it."""
    name = re.compile(r"[^\W\d]\w*").match(text, start)
    if name is None or layer_of(name.group()) is None:
        return None
    short = re.compile(r"[ \t]+(\d+-\d+)(?![\w.])").match(text, name.end())
    if short:
        return _written(
            "the numbers of a short form follow its name at once", (start, short.end()), name.group() + short[1]
        )
    part = rf"(?:{_SIZE}|\d+(?![\w.])|max\b|avg\b|average\b)"
    more = re.compile(rf"[ \t]+(?:{_SIZE}|\d+(?![\w.]))(?:[ \t]*[ \t,][ \t]*{part})+").match(text, name.end())
    if more is None:
        return None
    parts = re.findall(rf"{_SIZE}|\w+", more.group())
    message = "several arguments behind a name stand in ( )"
    return _written(message, (start, more.end()), _call(name.group(), parts))


def _call(name: str, parts: list[str]) -> str:
    """A layer with its numbers, sizes and words in the order in which it takes them."""
    layer = layer_of(name)
    letters = [a.letter for a in layer.signature] if layer else []
    sizes = [p for p in parts if re.fullmatch(_SIZE, p)]
    words = [f"mode={p.lower()[:3]}" for p in parts if p.isalpha()]
    numbers = [p for p in parts if p not in sizes and not p.isalpha()]
    if letters[:1] == ["K"] and not numbers:
        sizes = [f"F={size}" for size in sizes]
    return f"{name}({', '.join([*numbers, *sizes, *words])})"


def numbers_in_front(place: Place, token: Lexeme) -> Recovery | None:
    """`3x3 CONV, 64`, `7x7 conv, 64, /2`, `64 CONV`."""
    if not wants_item(place) or token.kind not in ("size", "number"):
        return None
    match = re.compile(
        rf"({_SIZE}|\d+)[ \t]+((?:(?:max|avg|average)[ \t-]?)?[^\W\d]\w*)(?:[ \t]*\(([^()\n]*)\))?"
        r"(?:,[ \t]*(\d+)(?![\w.]))?(?:,[ \t]*/[ \t]*(\d+))?",
        re.IGNORECASE,
    ).match(place.text, token.start)
    if not match or layer_of(match[2]) is None:
        return None
    name = re.sub(r"[\s-]", "", match[2])
    inner = [part.strip() for part in (match[3] or "").split(",") if part.strip()]
    if not inner:
        written = _call(name, [match[1], *([match[4]] if match[4] else [])])
    else:
        letter = "F" if re.fullmatch(_SIZE, match[1]) else "K"
        written = f"{name}({', '.join(inner)}, {letter}={match[1]})"
    if match[5]:
        written = f"{written[:-1]}, S={match[5]})"
    return _written(
        f"{shown(match[1])} stands in front of {shown(match[2])}", match.span(), written, ("NAME",), code="SHP015"
    )


def layer_in_words(place: Place, token: Lexeme) -> Recovery | None:
    """`MAX POOL(2)`, `Global Average Pooling`, `MAX-POOL`."""
    if not behind_item(place) or place.last.kind != "NAME" or place.last.start != place.item:
        return None
    found = in_words(place.text, place.last.start)
    if found is None:
        return None
    name, end = found
    return _written(f"{shown(place.text[place.last.start : end])} is one layer", (place.last.start, end), name)


def in_words(text: str, start: int) -> tuple[str, int] | None:
    """The layer whose name is written in two or three words at an offset, and where that ends."""
    for count in (2, 1):
        match = re.compile(rf"[^\W\d]\w*(?:[ \t]+[^\W\d]\w*|-[^\W\d]\w*){{{count}}}").match(text, start)
        if match is None:
            continue
        words = re.split(r"[ \t-]+", match.group())
        name = "".join(words).upper()
        if name in layer_names():
            return name, match.end()
    return None


def no_arrow(text: str, last: Span) -> Diagnostic | None:
    """The diagnostic for one layer whose parts were read as two side by side; None where an arrow is missing."""
    found = in_words(text, last[0])
    if found is not None:
        span = (last[0], found[1])
        return _written(f"{shown(text[slice(*span)])} is one layer", span, found[0]).report
    numbers = numbers_behind(text, last[0])
    return numbers.report if numbers else None


def angle_brackets(place: Place, token: Lexeme) -> Recovery | None:
    """`CONV<64, 3>`."""
    match = re.compile(r"<\s*(\w[^<>\n\[\]()]*)>(?!\s*\d)").match(place.text, token.start)
    if not match or not behind_item(place) or place.last.kind != "NAME" or match.end() - match.start() > 60:
        return None
    written = f"{place.last.text}({match[1].strip()})"
    return _written("arguments stand in ( ), not in < >", (place.last.start, match.end()), written)


def stride_behind(place: Place, token: Lexeme) -> Recovery | None:
    """`CONV(64, 3x3)/2` and `POOL/2`."""
    match = re.compile(r"/\s*(\d+)(?![\w.])").match(place.text, token.start)
    item = place.text[place.item : place.last.end]
    call = re.fullmatch(r"(\w+)\s*(?:\(([^()\n]*)\))?", item)
    if not match or not call or not behind_item(place) or letter_of(layer_of(call[1]), "S") is None:
        return None
    written = f"{call[1]}({f'{call[2].strip()}, ' if (call[2] or '').strip() else ''}S={match[1]})"
    return _written(f"{match.group()} stands behind {shown(item)}", (place.item, match.end()), written)


def size_in_front(place: Place, token: Lexeme) -> Recovery | None:
    """`(224, 224, 3) => CONV` and `[224, 224, 3] => CONV`."""
    match = re.compile(r"[(\[{]\s*\d+(?:\s*[,x×*]\s*\d+){1,3}\s*[)\]}]").match(place.text, token.start)
    if not match or not wants_item(place) or place.past:
        return None
    size = "x".join(re.findall(r"\d+", match.group()))
    return _written(
        "the size of the input stands in brackets", match.span(), f"INPUT({size})", ("NAME",), code="SHP016"
    )


def second_brackets(place: Place, token: Lexeme) -> Recovery | None:
    """`CONV(64)(3)`, `CONV(64) [3x3]`, and claims that have no colon: `CONV(64) (55x55x64)`, `CONV(64) = 55x55x64`."""
    if token.text == "]" and [part.kind for part in place.past[-2:]] == ["LSQB", "SIZE"]:
        return _size_in_group(place, token)
    if not behind_item(place) or place.last.kind not in ("RPAR", "NAME", "RSQB"):
        return None
    match = re.compile(rf"(?:[(\[]|=|--)\s*({_SIZE}|[\w\s,]+)\s*([)\]]|(?=\s|$))").match(place.text, token.start)
    if not match or (token.kind == "opener") == (not match[2]):
        return None
    item = place.text[place.item : place.last.end]
    if len(re.findall(r"\d+", match[1])) > 2 and re.fullmatch(_SIZE, match[1]):
        return _written(
            f"the volume {shown(match[1])} stands behind {shown(item)} without a colon",
            match.span(),
            f": {match[1]}",
            code="SHP019",
        )
    if token.kind != "opener" or not re.fullmatch(r"\w+\s*\([^()\n]*\)", item) or not re.match(r"\d", match[1]):
        return None
    written = f"{item[:-1]}, {match[1].strip()})"
    return _written(f"{shown(item)} has arguments twice", (place.item, match.end()), written)


def _written(message: str, span: Span, instead: str, feed: tuple[str, ...] = (), *, code: str = "SHP019") -> Recovery:
    """Something said in another notation, and how it is written here."""
    diagnostic = report(
        code, message, span, label=f"expected {shown(instead)}", help=(f"write {shown(instead, 60)}",),
        fixes=put(span, instead, f"write {shown(instead)}"),
    )  # fmt: skip
    return Recovery(diagnostic, feed, span[1])


def _size_in_group(place: Place, token: Lexeme) -> Recovery | None:
    opener, size = place.past[-2:]
    before = place.text[max(0, opener.start - 80) : opener.start]
    front = re.search(r"(\w+[ \t]*\(([^()\n]*)\)|(?<=\]))[ \t]*$", before)
    if front is None or not size.text:
        return None
    feed = ("ARROW", "NAME", "RSQB")
    if len(re.findall(r"\d+", size.text)) > 2:
        message = f"the volume {shown(size.text)} stands behind {shown(front[1]) or 'a group'} without a colon"
        return _written(message, (opener.start, token.end), f": {size.text}", feed)
    if not front[1]:
        return None
    start = opener.start - len(front.group())
    written = f"{front[1][:-1]}, {size.text})" if front[2].strip() else f"{front[1][:-1]}F={size.text})"
    return _written(f"{shown(front[1])} has arguments twice", (start, token.end), written, feed)
