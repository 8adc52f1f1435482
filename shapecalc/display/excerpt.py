"""The text form of a diagnostic: headline, place, the lines of the source with carets, notes and help."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from shapecalc.diagnostics.diagnostic import Diagnostic, Source, Span
from shapecalc.display.ansi import painted

_PLACELESS = ("SHP010", "SHP011", "SHP107")
"""Codes that speak of a whole file or of the command line, unless they have a span."""
_TAB = "    "
_WIDEST = 160
"""Cells of a source line that are shown where no width is given."""

Paint = Callable[[str, str], str]
"""Gives a text a style by name."""


def render(diagnostic: Diagnostic, source: Source, *, color: bool = False, width: int | None = None) -> str:
    """A diagnostic as people read it in a terminal, several lines without a newline at the end.

    Nothing of the file reaches the terminal as a control sequence. Carets measure terminal cells.
    `width` is that of the terminal; longer source lines are cut around the span.
    """
    paint = partial(painted, color=color)
    headline = paint(f"{diagnostic.severity}[{diagnostic.code}]", diagnostic.severity)
    lines = [f"{headline}{paint(f': {clean(diagnostic.message)}', 'bold')}"]
    if diagnostic.span == (0, 0) and diagnostic.code in _PLACELESS:
        lines.append(f"  {paint('-->', 'gutter')} {clean(source.path)}")
        gutter = 2
    elif source.open_bytes is not None:
        lines.extend(_inner_paths(diagnostic, source, paint))
        gutter = 2
    else:
        gutter = _gutter(diagnostic, source)
        limit = max(40, (width or _WIDEST) - gutter - 3)
        lines.extend(_excerpts(diagnostic, source, gutter, limit, paint))
    indent = " " * gutter
    for kind, texts in (("note", diagnostic.notes), ("help", diagnostic.help)):
        for text in texts:
            lines.append(f"{indent}{paint('=', 'gutter')} {paint(f'{kind}:', kind)} {clean(text)}")
    return "\n".join(lines)


def clean(text: str) -> str:
    """A text with every control character shown as a symbol; tabs become four spaces."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_symbol(c)[0] for c in text)


def cells(text: str) -> int:
    """How many terminal cells a text takes once it is clean."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(_symbol(c)[1] for c in text)


def _symbol(character: str) -> tuple[str, int]:
    """What a character is shown as, and the cells that this takes."""
    if character == "\t":
        return _TAB, len(_TAB)
    number = ord(character)
    if number < 32:
        return chr(0x2400 + number), 1
    if number == 127:
        return "␡", 1
    category = unicodedata.category(character)
    if category in ("Mn", "Me"):
        return character, 0
    if category in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return "\N{REPLACEMENT CHARACTER}", 1
    return character, 2 if unicodedata.east_asian_width(character) in "WF" else 1


# --- excerpts -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place to underline, the sign that underlines it, and what is said behind it."""

    span: Span
    sign: str
    label: str
    style: str


def _inner_paths(diagnostic: Diagnostic, source: Source, paint: Paint) -> Iterator[str]:
    """Where in a binary file it is: the paths of layers inside the model, with what is said of each."""
    main = (diagnostic.span, diagnostic.label)
    for arrow, (span, said) in (("-->", main), *((":::", (r.span, r.message)) for r in diagnostic.related)):
        path = source.inner_path(span[0])
        yield f"  {paint(arrow, 'gutter')} {clean(f'{source.path}: {path}' if path else source.path)}"
        if said:
            yield f"  {paint('|', 'gutter')} {paint(clean(said), diagnostic.severity if arrow == '-->' else 'gutter')}"


def _gutter(diagnostic: Diagnostic, source: Source) -> int:
    """The width of the column of line numbers, with a space on each side."""
    spans = (diagnostic.span, *(r.span for r in diagnostic.related))
    last = max(_last_line(span, source) for span in spans)
    return len(str(last)) + 2


def _last_line(span: Span, source: Source) -> int:
    """The line in which a span ends."""
    return source.position(max(span[0], span[1] - 1))[0]


def _excerpts(diagnostic: Diagnostic, source: Source, gutter: int, limit: int, paint: Paint) -> Iterator[str]:
    """The block of the span, with related places in the same line under it, then the blocks of the others."""
    main = _Mark(diagnostic.span, "^", diagnostic.label, diagnostic.severity)
    single = source.position(diagnostic.span[0])[0]
    alone = _last_line(diagnostic.span, source) == single
    same: list[_Mark] = []
    apart: list[_Mark] = []
    for related in diagnostic.related:
        mark = _Mark(related.span, "-", related.message, "gutter")
        here = alone and source.position(related.span[0])[0] == single == _last_line(related.span, source)
        (same if here else apart).append(mark)
    indent = " " * gutter
    bar = paint(f"{indent}|", "gutter")
    line, column = source.position(diagnostic.span[0])
    yield f"{' ' * (gutter - 1)}{paint('-->', 'gutter')} {clean(source.path)}:{line}:{column}"
    yield bar
    yield from _block([main, *same], source, gutter, limit, paint)
    for mark in apart:
        line, column = source.position(mark.span[0])
        yield f"{' ' * (gutter - 1)}{paint(':::', 'gutter')} {clean(source.path)}:{line}:{column}"
        yield bar
        yield from _block([mark], source, gutter, limit, paint)


def _block(marks: list[_Mark], source: Source, gutter: int, limit: int, paint: Paint) -> Iterator[str]:
    """The lines of the first mark's span, each underlined; several marks share one line."""
    span = marks[0].span
    first, last = source.position(span[0])[0], _last_line(span, source)
    for number in (first, last) if last > first else (first,):
        start, end = _bounds(number, source)
        head = paint(f"{number:>{gutter - 1}} |", "gutter")
        pieces = [_clip(mark.span, start, end, source) for mark in marks]
        low, high = _window(pieces, start, end, limit)
        shown, before = _line(low, high, start, end, source)
        yield f"{head} {shown}".rstrip()
        for mark, (a, b) in zip(marks, pieces, strict=True):
            a, b = max(a, low), min(b, high)
            offset = before + cells(source.text[low:a])
            carets = mark.sign * max(1, cells(source.text[a:b]))
            label = clean(mark.label) if number == last else ""
            under = paint(f"{carets} {label}".rstrip(), mark.style)
            yield f"{paint(' ' * gutter + '|', 'gutter')} {' ' * offset}{under}"
        if number == first and last > first + 1:
            yield paint(f"{'…':>{gutter - 1}} |", "gutter")


def _bounds(number: int, source: Source) -> Span:
    """Where a line starts and ends, without its newline."""
    starts = source.starts
    return starts[number - 1], starts[number] - 1 if number < len(starts) else len(source.text)


def _clip(span: Span, start: int, end: int, source: Source) -> Span:
    """The part of a span in a line, without the indentation where it began in a line before."""
    low, high = max(span[0], start), min(span[1], end)
    if span[0] < start:
        piece = source.text[low:high]
        low += len(piece) - len(piece.lstrip())
    return low, max(low, high)


def _window(pieces: list[Span], start: int, end: int, limit: int) -> Span:
    """The part of a line that is shown: all of a short one, else what lies around the first mark."""
    if end - start <= limit:
        return start, end
    low, high = pieces[0]
    for a, b in pieces[1:]:
        if max(high, b) - min(low, a) <= limit // 2:
            low, high = min(low, a), max(high, b)
    high = min(high, low + limit - 10)
    spare = (limit - (high - low)) // 2
    left = max(start, low - spare)
    right = min(end, left + limit)
    return max(start, right - limit), right


def _line(low: int, high: int, start: int, end: int, source: Source) -> tuple[str, int]:
    """The shown part of a line, marked where it was cut, and the cells in front of it."""
    left, right = "…" * (low > start), "…" * (high < end)
    return f"{left}{clean(source.text[low:high])}{right}", len(left)
