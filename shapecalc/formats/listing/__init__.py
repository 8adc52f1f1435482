"""Listings: one layer a line with its volume, memory and weights, read as a diagram full of claims."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecalc.core.patterns import lazy_pattern
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Source, Span, report
from shapecalc.formats.read import Head, Options
from shapecalc.language import syntax

RANK = 60
"""After the tables that programs print, which look like nothing else."""
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


def accepts(path: str, head: Head) -> bool:
    """Whether most lines of a text look like `NAME: [AxBxC] …`, without an arrow to another layer, or like a total.

    A single line of `INPUT: [32x32x3]` is a diagram.
    """
    if not isinstance(head, str) or (":" not in head and "total" not in head.lower()):
        return False
    alike = other = 0
    for start, end in _lines(head):
        line = head[start:end]
        if _TOTAL.match(line) or (":" in line and not _ARROW.search(line) and _LINE.match(line)):
            alike += 1
        else:
            other += 1
            if other > LINES_LOOKED_AT and other > 2 * alike:
                return False
    return alike > other and (alike > 1 or head.count(":") > 1)


def read(source: Source, problems: list[Diagnostic], options: Options) -> syntax.Diagram:
    """The listing as one chain of layers with claims; its totals are what its settings expect.

    Every figure of a line is claimed, the exacter of two sides of a `=`; where those differ, the line claims WORKED
    instead. Raises Diagnosed with every line that cannot be read.
    """
    # what follows is loaded for listings only: accepts is asked of every file
    from shapecalc.formats.listing.line import layer, read_line
    from shapecalc.language.relocate import parse_at

    items: list[syntax.Item] = []
    totals: list[syntax.Claim] = []
    wrong: list[Diagnostic] = []
    text = source.text
    for span in _lines(text):
        try:
            line = parse_at(read_line, text, span)
            if line.head is None or line.volume is None:
                totals.extend(line.claims)
            else:
                items.append(layer(text, line, line.head, line.volume))
        except Diagnosed as problem:
            wrong.extend(problem.diagnostics)
            if len(wrong) >= MOST_ERRORS:
                break
    if wrong:
        raise Diagnosed(*wrong)
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
