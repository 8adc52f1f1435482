"""The text form of a diagnostic: headline, place, the lines of the source with carets, notes and help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Diagnostic, Source, Span
from shapecalc.display.style import cells, clean, painted
from shapecalc.display.wrapping import LEAST, hanging, wrapped

_PLACELESS = ("SHP010", "SHP011", "SHP107")
"""Codes that speak of a whole file or of the command line, unless they have a span."""
_WIDEST = 160
"""Cells of a source line that are shown where no width is given."""
_MOST_A_CELL = 8
"""Characters for each cell of a line that is looked at whole; files of other programs are often one long line."""

Paint = Callable[[str, str], str]
"""Gives a text a style by name."""


def has_place(diagnostic: Diagnostic) -> bool:
    """Whether it speaks of a place in a file, not of the file as a whole."""
    return diagnostic.span != (0, 0) or diagnostic.code not in _PLACELESS


def render(diagnostic: Diagnostic, source: Source, *, color: bool = False, width: int | None = None) -> str:
    """A diagnostic as people read it in a terminal, several lines without a newline at the end.

    Nothing of the file reaches the terminal as a control sequence. Carets measure terminal cells.
    `width` is that of the terminal; longer source lines are cut around the span.
    """
    source, diagnostic = source.located(diagnostic)
    paint = partial(painted, color=color)
    head = f"{diagnostic.severity}[{diagnostic.code}]"
    first, *more = hanging(f"{head}: ", clean(diagnostic.message), width)
    lines = [f"{paint(head, diagnostic.severity)}{paint(first[len(head) :], 'bold')}"]
    lines += [paint(line, "bold") for line in more]
    if not has_place(diagnostic):
        lines.append(f"  {paint('-->', 'gutter')} {clean(source.path)}")
        gutter = 2
    elif source.open_bytes is not None:
        lines.extend(_inner_paths(diagnostic, source, paint))
        gutter = 2
    else:
        gutter = _gutter(diagnostic, source)
        limit = max(40, (width or _WIDEST) - gutter - 3)
        room = None if width is None else limit
        lines.extend(_excerpts(diagnostic, source, gutter, limit, _Labels(room, paint)))
    indent = " " * gutter
    for kind, texts in (("note", diagnostic.notes), ("help", diagnostic.help)):
        for text in texts:
            first, *more = hanging(f"{indent}= {kind}: ", clean(text), width)
            said = first[len(f"{indent}= {kind}:") :]
            lines += [f"{indent}{paint('=', 'gutter')} {paint(f'{kind}:', kind)}{said}", *more]
    return "\n".join(lines)


# --- excerpts -----------------------------------------------------------------------------------


class _Mark(Record):
    """A place to underline, the sign that underlines it, and what is said after it."""

    span: Span
    sign: str
    label: str
    style: str


def _inner_paths(diagnostic: Diagnostic, source: Source, paint: Paint) -> Iterator[str]:
    """Where in a binary file it is: the paths of layers inside the model, with what is said of each."""
    main = (diagnostic.span, diagnostic.label, diagnostic.severity)
    for span, said, style in (main, *((r.span, r.message, "gutter") for r in diagnostic.related)):
        path = source.inner_path(span[0])
        yield f"  {paint('-->', 'gutter')} {clean(f'{source.path}: {path}' if path else source.path)}"
        if said:
            yield f"  {paint('|', 'gutter')} {paint(clean(said), style)}"


def _gutter(diagnostic: Diagnostic, source: Source) -> int:
    """The width of the column of line numbers, with a space on each side."""
    spans = (diagnostic.span, *(r.span for r in diagnostic.related))
    last = max(_last_line(span, source) for span in spans)
    return len(str(last)) + 2


def _last_line(span: Span, source: Source) -> int:
    """The line in which a span ends."""
    return source.position(max(span[0], span[1] - 1))[0]


class _Labels(Record):
    """How what is said of a mark is shown: after the signs that underline it, or under them where there is no room."""

    room: int | None
    """Cells beside the gutter; None where lines may be as long as they like."""
    paint: Paint

    def under(self, signs: str, offset: int, label: str, style: str) -> Iterator[str]:
        """The line of the signs and of the label, or the label in lines of its own."""
        beside = f"{signs} {label}".rstrip()
        if self.room is None or offset + cells(beside) <= self.room or not label:
            yield f"{' ' * offset}{self.paint(beside, style)}"
            return
        yield f"{' ' * offset}{self.paint(signs, style)}"
        start = max(0, min(offset, self.room - max(LEAST, min(cells(label), self.room // 2))))
        for line in wrapped(label, self.room - start):
            yield f"{' ' * start}{self.paint(line, style)}"


def _excerpts(diagnostic: Diagnostic, source: Source, gutter: int, limit: int, labels: _Labels) -> Iterator[str]:
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
    paint = labels.paint
    bar = paint(f"{' ' * gutter}|", "gutter")
    for marks in ([main, *same], *([mark] for mark in apart)):
        line, column = source.position(marks[0].span[0])
        yield f"{' ' * (gutter - 1)}{paint('-->', 'gutter')} {clean(source.path)}:{line}:{column}"
        yield bar
        yield from _block(marks, source, gutter, limit, labels)


def _block(marks: list[_Mark], source: Source, gutter: int, limit: int, labels: _Labels) -> Iterator[str]:
    """The lines of the first mark's span, each underlined; several marks share one line."""
    span, paint = marks[0].span, labels.paint
    first, last = source.position(span[0])[0], _last_line(span, source)
    for number in (first, last) if last > first else (first,):
        start, end = source.bounds(number)
        head = paint(f"{number:>{gutter - 1}} |", "gutter")
        pieces = [_clip(mark.span, start, end, source) for mark in marks]
        low, high = _window(pieces, start, end, limit, source)
        shown, before = _line(low, high, start, end, source)
        yield f"{head} {shown}".rstrip()
        for mark, (a, b) in zip(marks, pieces, strict=True):
            a, b = max(a, low), min(b, high)
            offset = before + cells(source.text[low:a])
            carets = mark.sign * max(1, cells(source.text[a:b]))
            label = clean(mark.label) if number == last else ""
            bar = paint(" " * gutter + "|", "gutter")
            for under in labels.under(carets, offset, label, mark.style):
                yield f"{bar} {under}"
        if number == first and last > first + 1:
            yield paint(f"{'…':>{gutter - 1}} |", "gutter")


def _clip(span: Span, start: int, end: int, source: Source) -> Span:
    """The part of a span in a line, without the indentation where it began in a line before."""
    low, high = max(span[0], start), min(span[1], end)
    if span[0] < start:
        piece = source.text[low:high]
        low += len(piece) - len(piece.lstrip())
    return low, max(low, high)


def _window(pieces: list[Span], start: int, end: int, limit: int, source: Source) -> Span:
    """The part of a line that is shown: all of a short one, else what lies around the first mark."""
    if end - start <= _MOST_A_CELL * limit and cells(source.text[start:end]) <= limit:
        return start, end
    limit -= len("……")
    low, high = pieces[0]
    for a, b in pieces[1:]:
        if max(high, b) - min(low, a) <= limit // 2:
            low, high = min(low, a), max(high, b)
    high = min(high, low + limit - 10)
    spare = (limit - (high - low)) // 2
    left = max(start, low - spare)
    right = min(end, left + limit)
    left = max(start, right - limit)
    while cells(source.text[left:right]) > limit:  # wide characters
        left, right = (left, right - 1) if right > high or left >= low else (left + 1, right)
    return left, right


def _line(low: int, high: int, start: int, end: int, source: Source) -> tuple[str, int]:
    """The shown part of a line, marked where it was cut, and the cells before it."""
    left, right = "…" * (low > start), "…" * (high < end)
    return f"{left}{clean(source.text[low:high])}{right}", len(left)
