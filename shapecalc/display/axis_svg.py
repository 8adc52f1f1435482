"""Axes with their windows as a drawing for print and slides, one panel beside the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from shapecalc.display.explanation_text import axis_label, cut_off, legend, reading_label, reading_note
from shapecalc.display.style import clean
from shapecalc.display.svg_document import svg_document
from shapecalc.explanation.axis_picture import AxisPicture, Reading, State
from shapecalc.explanation.before_and_after import Panel

CELL, ROW = 17, 34
"""Pixels of a position across, and of a line down."""
COLUMNS = 34
"""Positions that are drawn of an axis; the others are left out between dots."""
LEFT, RIGHT, EDGE = 104, 140, 28
"""Pixels before the cells, after them, and around a panel."""
WIDE = LEFT + COLUMNS * CELL + RIGHT
TOP = 112
"""Pixels of a panel above its axis: title, formula, sentence."""
WINDOWS = ("#1f77b4", "#2a9d4a", "#8456b8")
"""Colours of the first reading, the second and the last, which differ in grey as well."""
FILLS: dict[State, tuple[str, str, str]] = {
    "read": ("#dbe5ee", "#8fa5b8", ""),
    "unread": ("#d62728", "#8f1415", "×"),
    "padding": ("#ffffff", "#9a9a9a", "0"),
    "unread padding": ("#f2f2f2", "#bdbdbd", "0"),
    "beyond": ("#ffffff", "#d0d0d0", "-"),
}
"""Of each state the fill, the line around it, and what stands in it."""
GOOD, BAD = "#1e7a35", "#b3161b"


def svg(panels: Sequence[Panel]) -> str:
    """The drawing: a standalone SVG file with white ground and no fonts of its own."""
    below = max(len(list(_notes(panel.picture))) for panel in panels)
    readings = max(len(panel.picture.readings) for panel in panels)
    wide = len(panels) * (WIDE + EDGE) + EDGE
    high = EDGE + TOP + (readings + 1) * ROW + 34 + below * 22 + EDGE
    parts = [part for place, panel in enumerate(panels) for part in _panel(panel, EDGE + place * (WIDE + EDGE))]
    return svg_document(wide, high, 'font-size="15"', parts)


def _panel(panel: Panel, left: int) -> Iterator[str]:
    """Title, formula and sentence, then the axis and its windows."""
    color = GOOD if panel.fits else BAD
    yield _text(left, EDGE + 20, panel.title, size=19, bold=True)
    yield _text(left, EDGE + 52, panel.formula, size=22)
    yield _text(left, EDGE + 82, panel.verdict, size=17, color=color, bold=True)
    picture, top = panel.picture, EDGE + TOP
    columns = picture.columns(COLUMNS)
    yield _text(left, top + 18, axis_label(picture))
    for column, position in enumerate(columns):
        yield from _cell(picture, position, left + LEFT + column * CELL, top)
    for place, (reading, color) in enumerate(zip(picture.readings, WINDOWS, strict=False), 1):
        yield from _reading(picture, reading, columns, left, top + place * ROW, color)
    line = top + (len(picture.readings) + 1) * ROW + 10
    yield from _ruler(picture, columns, left + LEFT, line)
    for place, note in enumerate(_notes(picture)):
        yield _text(left + LEFT, line + 28 + 22 * place, note, size=14, color="#555555")


def _notes(picture: AxisPicture) -> Iterator[str]:
    """What the cells mean; what nothing reads is said above already."""
    return (note for note in legend(picture) if not note.startswith("×"))


def _cell(picture: AxisPicture, position: int | None, x: int, y: int) -> Iterator[str]:
    if position is None:
        yield _text(x + CELL // 2, y + 17, "…", anchor="middle", color="#555555")
        return
    fill, line, symbol = FILLS[cut_off(picture, picture.state(position))]
    yield f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="24" rx="2" fill="{fill}" stroke="{line}"/>'
    if symbol:
        color = "#ffffff" if symbol == "×" else "#777777"
        yield _text(x + CELL // 2 - 1, y + 18, symbol, anchor="middle", color=color, bold=symbol == "×")


def _reading(
    picture: AxisPicture, reading: Reading, columns: Sequence[int | None], left: int, y: int, color: str
) -> Iterator[str]:
    """A window: its positions in one colour, held together by a line."""
    yield _text(left, y + 18, reading_label(picture, reading), color=color)
    yield _text(left + LEFT + len(columns) * CELL + 8, y + 18, reading_note(picture, reading), color=color)
    under = [column for column, p in enumerate(columns) if p is not None and reading.reads(p)]
    if not under:
        return
    first, last = left + LEFT + under[0] * CELL, left + LEFT + (under[-1] + 1) * CELL - 2
    yield f'<line x1="{first}" y1="{y + 12}" x2="{last}" y2="{y + 12}" stroke="{color}" stroke-width="3"/>'
    for column in under:
        x = left + LEFT + column * CELL
        yield f'<rect x="{x}" y="{y + 2}" width="{CELL - 2}" height="20" rx="2" fill="{color}"/>'


def _ruler(picture: AxisPicture, columns: Sequence[int | None], left: int, y: int) -> Iterator[str]:
    """The numbers of the positions where something begins or ends, where there is room."""
    edges, free = set(picture.edges()), 0
    for column, position in enumerate(columns):
        if position is None or position not in edges or column < free:
            continue
        number = str(position).replace("-", "−")
        yield _text(left + column * CELL + CELL // 2 - 1, y, number, size=13, anchor="middle", color="#555555")
        free = column + 1 + len(number) // 2


def _text(
    x: int, y: int, text: str, *, size: int = 15, color: str = "#222222", anchor: str = "", bold: bool = False
) -> str:
    more = f' text-anchor="{anchor}"' if anchor else ""
    more += ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{color}"{more}>{escape(clean(text))}</text>'
