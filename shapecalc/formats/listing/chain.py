"""Listings: one layer a line with its volume, memory and weights, read as a diagram full of claims."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecalc.core.patterns import lazy_pattern
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Span, report
from shapecalc.language import syntax

MOST_ERRORS = 20
"""Lines of a listing that are reported."""

_ARROW = lazy_pattern(r"=>|->|→|⇒|(?<=\s)-\s+(?=[^\W\d]|[\[@])")
"""What joins layers; a minus of a listing is between numbers."""
_TOTAL = lazy_pattern(r"\s*TOTALS?\s+\w+\s*[:=]", re.IGNORECASE)
_LINE = lazy_pattern(
    r"\s*(?:[^\W\d]\w*(?:-\d+)?(?:\s*\([^()]*\)|(?:[ \t]+\w+=\d\w*,?)+)?\s*:\s*"
    r"(?:\[\s*\d+(?:\s*[xX×]\s*\d+)+\s*\]|\d+(?:\s*[xX×]\s*\d+)+\s+[^\W\d]\w*\s*:))"
)
_CONTENT = lazy_pattern(r"[ \t]*([^\n#]*)")


LINES_LOOKED_AT = 50
"""Lines that are none of a listing, after which it is not asked further whether most are."""


def is_listing(text: str) -> bool:
    """Whether most lines of a text look like `NAME: [AxBxC] …`, without an arrow to another layer, or like a total.

    A single line of `INPUT: [32x32x3]` is a diagram.
    """
    if ":" not in text and "total" not in text.lower():
        return False
    alike = other = 0
    for start, end in _lines(text):
        line = text[start:end]
        if _TOTAL.match(line) or (":" in line and not _ARROW.search(line) and _LINE.match(line)):
            alike += 1
        else:
            other += 1
            if other > LINES_LOOKED_AT and other > 2 * alike:
                return False
    return alike > other and (alike > 1 or text.count(":") > 1)


def parse_listing(text: str) -> syntax.Diagram:
    """The listing as one chain of layers with claims; its totals are what its settings expect.

    Every figure of a line is claimed, the exacter of two sides of a `=`; where those differ, the line claims WORKED
    instead. Raises Diagnosed with every line that cannot be read.
    """
    # what follows is loaded for listings only: is_listing is asked of every file
    from shapecalc.formats.listing.line import layer, read_line
    from shapecalc.language.relocate import parse_at

    items: list[syntax.Item] = []
    totals: list[syntax.Claim] = []
    problems: list[Diagnostic] = []
    for span in _lines(text):
        try:
            line = parse_at(read_line, text, span)
            if line.head is None or line.volume is None:
                totals.extend(line.claims)
            else:
                items.append(layer(text, line, line.head, line.volume))
        except Diagnosed as problem:
            problems.extend(problem.diagnostics)
            if len(problems) >= MOST_ERRORS:
                break
    if problems:
        raise Diagnosed(*problems)
    if not items:
        raise Diagnosed(report("SHP009", "the listing has totals and no layers", next(_lines(text), (0, 0))))
    chain = syntax.Chain(tuple(items), (items[0].span[0], items[-1].span[1]))
    return syntax.Diagram((chain,), syntax.Settings(expect=tuple(totals)))


def _lines(text: str) -> Iterator[Span]:
    """The places of what is written on each line, without comments and blank lines."""
    at = 0
    while at < len(text):
        match = _CONTENT.match(text, at)
        assert match is not None
        start, end = match.span(1)
        end = start + len(text[start:end].rstrip())
        if end > start:
            yield start, end
        newline = text.find("\n", match.end())
        at = newline + 1 if newline >= 0 else len(text)
