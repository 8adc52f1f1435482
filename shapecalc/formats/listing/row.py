"""The layer that a line of a listing stands for, with what the line says of it as claims."""

from __future__ import annotations

import re

from shapecalc.core.size_text import size_text
from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.formats.listing.line import Head, ListedVolume, ListingLine
from shapecalc.language import syntax
from shapecalc.language.relocate import parse_at
from shapecalc.registry import NamedType, resolve
from shapecalc.syntax_errors.parse import parse_statements


def layer(text: str, line: ListingLine, head: Head, volume: ListedVolume) -> syntax.Item:
    """The layer of a line with its claims. Raises Diagnosed."""
    named = resolve(re.split(r"[-(]", head.text)[0].strip())
    starts = named is not None and named.type.starts
    if "(" in head.text:
        call = _written_call(text, head)
    else:
        short = "-" in head.text
        arguments = () if short else _arguments(named, volume)
        call = syntax.Call(head.text, arguments, head.span, head.span, short)
    claim = syntax.Claim("volume", size_text(volume.sizes), volume.span)
    # the size of an INPUT is given by its line rather than claimed
    claims = line.claims if starts else (claim, *line.claims)
    return syntax.Claimed(call, claims, line.span) if claims else call


def _written_call(text: str, head: Head) -> syntax.Call:
    """`CONV(64, F=3)`, as a diagram has it. Raises Diagnosed."""
    match parse_at(parse_statements, text, head.span):
        case (syntax.Chain(items=(syntax.Call() as call,)),):
            return call
    raise Diagnosed(report("SHP001", f"'{head.text}' is not one layer", head.span, label="expected a layer"))


def _arguments(named: NamedType | None, volume: ListedVolume) -> tuple[syntax.Argument, ...]:
    """What a bare name leaves open and the volume says: an INPUT's size, a layer's filters or units."""
    if named is None:
        return ()
    if named.type.starts:
        size = syntax.SizeLiteral(volume.sizes, volume.span)
        return (syntax.Argument(None, size, volume.span),)
    letters = [letter for letter, _ in named.leading]
    if not named.type.signature or named.type.signature[0].letter != "K" or "K" in letters:
        return ()
    depth = syntax.Number(volume.sizes[-1], volume.span)
    return (syntax.Argument("K" if letters else None, depth, volume.span),)
