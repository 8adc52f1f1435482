"""Parameters against multiply-accumulates, both on scales of powers of ten, as text and as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil, floor, log10

from shapecalc.core.record import NamedTuple
from shapecalc.display.svg_document import svg_document


class Point(NamedTuple):
    """A network in the plot."""

    name: str
    params: int
    macs: int


class _Scale(NamedTuple):
    """Where a value lies between two powers of ten: 0 to 1."""

    low: int
    high: int

    def at(self, value: int) -> float:
        return (log10(value) - self.low) / (self.high - self.low)

    def marks(self) -> list[tuple[float, str]]:
        """Where each power of ten lies, and its count."""
        wide = self.high - self.low
        return [((power - self.low) / wide, power_text(power)) for power in range(self.low, self.high + 1)]


_SUFFIXES = ("", "K", "M", "G", "T", "P")
_ROWS = 24
"""Lines of the plot in a terminal."""
_MARGIN = 7
"""Columns to the left of it."""
_TITLE = 12
"""Columns to the right of it: for the last label, and what the axis is of."""


def _scale(values: Sequence[int]) -> _Scale:
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return _Scale(low, max(high, low + 1))


def power_text(power: int) -> str:
    """A power of ten as a count.

    >>> [power_text(power) for power in (0, 4, 8, 9)]
    ['1', '10K', '100M', '1G']
    """
    return f"{10 ** (power % 3)}{_SUFFIXES[power // 3]}"


def as_text(points: Sequence[Point], width: int) -> list[str]:
    """The plot in characters: a dot for every network, and its name where there is room."""
    if not points:
        return ["there is no network to draw"]
    across, up = _scale([p.params for p in points]), _scale([p.macs for p in points])
    columns = max(width - _MARGIN - _TITLE, 20)
    grid = [[" "] * columns for _ in range(_ROWS)]
    places = {p: (round(across.at(p.params) * (columns - 1)), round((1 - up.at(p.macs)) * (_ROWS - 1))) for p in points}
    for column, row in places.values():
        grid[row][column] = "●"
    for point, (column, row) in sorted(places.items(), key=lambda item: len(item[0].name)):
        _write_beside(grid[row], column, point.name)
    labels = {round((1 - at) * (_ROWS - 1)): text for at, text in up.marks()}
    lines = [f"{labels.get(at, ''):>{_MARGIN - 1}} {'┤' if at in labels else '│'}{''.join(row).rstrip()}"
             for at, row in enumerate(grid)]  # fmt: skip
    return ["MACs", *lines, *_axis(across, columns)]


def _write_beside(row: list[str], column: int, name: str) -> None:
    """Writes a name to the right or to the left of a dot, where nothing stands."""
    for start in (column + 2, column - 1 - len(name)):
        before, after = max(start - 1, 0), start + len(name) + 1
        free = (c for at, c in enumerate(row[before:after], before) if at != column)
        if start >= 0 and start + len(name) <= len(row) and set(free) <= {" "}:
            row[start : start + len(name)] = name
            return


def _axis(scale: _Scale, columns: int) -> Iterator[str]:
    line, labels = ["─"] * columns, [" "] * (columns + 8)
    for share, text in scale.marks():
        at = round(share * (columns - 1))
        line[at] = "┬"
        labels[at : at + len(text)] = text
    yield f"{'':{_MARGIN}}└{''.join(line)}"
    yield f"{'':{_MARGIN}} {''.join(labels).rstrip()}  params"


_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 760, 560, 60, 110, 20, 50
"""Points of the picture, and of its margins."""
_LINE = 9.0
"""Height of a name."""
_LETTER = 4.6
"""Width of a letter of it."""


def as_svg(points: Sequence[Point]) -> list[str]:
    """The plot as a picture, with the names where they hide nothing."""
    if not points:
        return ['<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>']
    across, up = _scale([p.params for p in points]), _scale([p.macs for p in points])
    wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    places = [(p, _LEFT + across.at(p.params) * wide, _HEIGHT - _BOTTOM - up.at(p.macs) * high) for p in points]
    said = 'font-size="8" role="img" aria-label="parameters against multiply-accumulates"'
    parts = [*_grid(across, up), *(_dot(point, x, y) for point, x, y in places), *_names(places)]
    return svg_document(_WIDTH, _HEIGHT, said, parts).splitlines()


def _grid(across: _Scale, up: _Scale) -> Iterator[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    for share, text in across.marks():
        x = _LEFT + share * (right - _LEFT)
        yield f'<path d="M{x:.1f} {_TOP}V{bottom}" stroke="#ddd"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle" font-size="10">{text}</text>'
    for share, text in up.marks():
        y = bottom - share * (bottom - _TOP)
        yield f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#ddd"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 3:.1f}" text-anchor="end" font-size="10">{text}</text>'
    middle = (_LEFT + right) / 2
    yield f'<text x="{middle:.1f}" y="{bottom + 34}" text-anchor="middle" font-size="11">parameters</text>'
    yield (
        f'<text transform="translate(16 {(_TOP + bottom) / 2:.1f}) rotate(-90)" text-anchor="middle" '
        'font-size="11">multiply-accumulates of one image</text>'
    )


def _dot(point: Point, x: float, y: float) -> str:
    title = f"{escape(point.name)}: {point.params:,} parameters, {point.macs:,} multiply-accumulates"
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="#2b6cb0"><title>{title}</title></circle>'


def _names(places: Sequence[tuple[Point, float, float]]) -> Iterator[str]:
    """Each name right, left, above or below of its dot; left out where it would hide a dot or another name."""
    taken = [(x - 3, y - 3, x + 3, y + 3) for _, x, y in places]
    for point, x, y in places:
        width = (len(point.name) + 1) * _LETTER
        tried = (
            ("start", x + 5, x + 5, y),
            ("end", x - 5, x - 5 - width, y),
            ("middle", x, x - width / 2, y - 8),
            ("middle", x, x - width / 2, y + 8),
        )
        for anchor, at, left, middle in tried:
            box = (left, middle - _LINE / 2, left + width, middle + _LINE / 2)
            if left > _LEFT and left + width < _WIDTH and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                place = f'x="{at:.1f}" y="{middle + 2.8:.1f}" text-anchor="{anchor}"'
                yield f"<text {place}>{escape(point.name)}</text>"
                break


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
