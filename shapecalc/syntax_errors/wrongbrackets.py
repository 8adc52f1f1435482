"""Mistakes in the kind of brackets: branches in round ones, arguments in square ones, values of a `for` in any."""

from __future__ import annotations

import re

from shapecalc.diagnostics.diagnostic import Edit, Fix, Span, report
from shapecalc.registry import layer_names
from shapecalc.syntax_errors.context import Place, Recovery, in_arguments, is_arrow, put, wants_item
from shapecalc.syntax_errors.lexemes import Lexeme, ahead, shown
from shapecalc.syntax_errors.missing_arrows import INPUTS


def branches_in_round(place: Place, token: Lexeme) -> Recovery | None:
    """`ADD(CONV | RELU)`, `CONCAT(CONV(64), CONV(32))`."""
    halved = place.last.kind == "EQUAL" and token.text[:1] == ">"  # an arrow, begun as the sign of an argument
    nested = token.text == "(" and place.last.kind == "NAME"
    if not in_arguments(place) or not (token.text == "|" or is_arrow(token) or halved or nested):
        return None
    opener = place.open[-1].at
    inside = _inside(place.text, opener)
    name = re.search(r"(\w+)\s*$", place.text[max(0, opener.start - 60) : opener.start])
    known = layer_names().get(name[1].upper()) if name else None
    if inside is None or name is None or known is None or not known[0].merges:
        return None
    closer = inside[-1]
    bars = [part for part in inside if part.text == "|"] or _commas(inside)
    if closer.text != ")" or not bars:
        return None
    edits = (
        Edit((opener.start, opener.end), "["),
        *(Edit((bar.start, bar.end), " |") for bar in bars if bar.text == ","),
        Edit((closer.start, closer.end), "]"),
    )
    parts = [opener.end, *(at for bar in bars for at in (bar.start, bar.end)), closer.start]
    branches = [place.text[a:b].strip() for a, b in zip(parts[::2], parts[1::2], strict=True)]
    return Recovery(
        report(
            "SHP006",
            f"the branches of {shown(name[1])} stand in ( )",
            (opener.start, opener.end),
            label="expected '['",
            help=("write " + shown(f"{name[1]}[ {' | '.join(branches)} ]", 70),),
            fixes=(Fix("write [ … ]", edits, "safe"),),
        ),
        ("NAME", "RPAR") if halved else ("RPAR",),
        closer.end,
    )


def comma_between_branches(place: Place, token: Lexeme) -> Recovery | None:
    """`ADD[CONV, RELU]`."""
    if token.text != "," or not place.open or not place.open[-1].branch or not place.can("VBAR"):
        return None
    return Recovery(
        report(
            "SHP014",
            "branches are separated by ','",
            (token.start, token.end),
            label="expected '|'",
            help=("write |",),
            fixes=put((token.start, token.end), " |", "write |", safe=True),
        ),
        ("VBAR",),
        token.end,
    )


def arguments_in_square(place: Place, token: Lexeme) -> Recovery | None:
    """`CONV[64]`."""
    if not wants_item(place) or token.kind != "number" or not place.open or not place.open[-1].branch:
        return None
    opener = place.open[-1].at
    inside = _inside(place.text, opener)
    if place.last.start != opener.start or inside is None or any(is_arrow(part) for part in inside):
        return None
    closer = inside[-1]
    name = place.text[place.open[-1].item : opener.start].strip()
    numbers = all(part.kind == "number" or part.text == "," for part in inside[:-1])
    if name.upper() in INPUTS and numbers and len(inside) > 2:
        return None  # a size, which has its x missing
    written = f"{name}({place.text[opener.end : closer.start].strip()})"
    edits = (Edit((opener.start, opener.end), "("), Edit((closer.start, closer.end), ")"))
    return Recovery(
        report(
            "SHP006",
            f"the arguments of {shown(name)} stand in [ ]",
            (opener.start, opener.end),
            label="expected '('",
            help=(f"write {shown(written)}",),
            fixes=(Fix("write ( … )", edits, "safe"),),
        ),
        ("NAME", "RSQB"),
        closer.end,
    )


def size_in_brackets(place: Place, token: Lexeme) -> Recovery | None:
    """`CONV(64, [3,3])`."""
    match = re.compile(r"[\[{]\s*\d+(?:\s*,\s*\d+)+\s*[\]}]").match(place.text, token.start)
    if not match or not in_arguments(place) or not place.can("SIZE"):
        return None
    size = "x".join(re.findall(r"\d+", match.group()))
    return _said("SHP016", f"the size {shown(match.group())} is not written with x", match.span(), size, ("SIZE",))


def values_in_brackets(place: Place, token: Lexeme) -> Recovery | None:
    """`for c in [3, 4]`, `for c in (3..5)` and `for c in range(3)`."""
    start, closes = token.start, False
    if place.last.kind == "IN":
        pattern = r"\[([^\[\]()\n]+)\]|\(([^\[\]()\n]*\.\.[^\[\]()\n]*)\)"
    elif [part.kind for part in place.past[-2:]] == ["IN", "NAME"] and place.last.text == "range":
        pattern, start = r"range\s*\(\s*(?:(\w+)\s*,\s*)?(\w+)\s*\)", place.last.start
    elif token.text == ".." and in_arguments(place) and [part.kind for part in place.past[-3:-1]] == ["IN", "LPAR"]:
        pattern, start, closes = r"\(([^\[\]()\n]*)\)", place.open[-1].at.start, True
    else:
        return None
    match = re.compile(pattern).match(place.text, start)
    if not match:
        return None
    counted = pattern.startswith("range")
    inner = _range(match[1] or "0", match[2]) if counted else (match[1] or match[2]).strip()
    message = "range( ) is no value of a for" if counted else "the values of a for stand in no brackets"
    feed = ("RPAR",) if closes else () if counted else ("NUMBER",)
    return _said("SHP006", message, match.span(), inner, feed)


def names_in_brackets(place: Place, token: Lexeme) -> Recovery | None:
    """`for (c, d) in …`."""
    match = re.compile(r"\(\s*(\w+(?:\s*,\s*\w+)*)\s*\)(?=\s*in\b)").match(place.text, token.start)
    if not match or place.last.kind != "FOR":
        return None
    return _said("SHP006", "the names of a for stand in no brackets", match.span(), match[1], ("NAME",))


def _range(low: str, high: str) -> str:
    """What `range(low, high)` counts, which leaves its end out."""
    return f"{low}..{int(high) - 1 if high.isdecimal() and len(high) < 10 else f'{high} - 1'}"


def _said(code: str, message: str, span: Span, instead: str, feed: tuple[str, ...]) -> Recovery:
    diagnostic = report(
        code, message, span, label=f"expected {shown(instead)}", help=(f"write {shown(instead)}",),
        fixes=put(span, instead, safe=True),
    )  # fmt: skip
    return Recovery(diagnostic, feed, span[1])


def _inside(text: str, opener: Lexeme) -> list[Lexeme] | None:
    """What stands behind an opener up to its closer, which is the last; None where none comes soon."""
    depth, found = 0, []
    for part in ahead(text, opener.start):
        depth += (part.kind == "opener") - (part.kind == "closer")
        found.append(part)
        if depth == 0:
            return found[1:]
    return None


def _commas(inside: list[Lexeme]) -> list[Lexeme]:
    """The commas that stand in no inner brackets."""
    depth, found = 0, []
    for part in inside[:-1]:
        depth += (part.kind == "opener") - (part.kind == "closer")
        if part.text == "," and depth == 0:
            found.append(part)
    return found
