"""An explanation as text for a terminal: worked lines beside words, and an axis with its windows in characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapecalc.core.phrases import counted, plural, shortened
from shapecalc.display.style import Style, cells, clean, painted
from shapecalc.display.wrapping import wrapped
from shapecalc.explanation.axis_picture import AxisPicture, Reading, State
from shapecalc.explanation.costs import Paragraph, WorkedLayer
from shapecalc.passes.report import CheckedNetwork

WIDTH = 100
"""Columns where nobody says how many there are."""
GAP = "…"
SYMBOLS: dict[State, tuple[str, str]] = {
    "read": ("■", ""),
    "unread": ("×", "error"),
    "padding": ("0", "dim"),
    "unread padding": ("0", "dim"),
    "beyond": ("-", "dim"),
}
"""What a position is shown as, and in which style."""
READ = "█"
STYLES = ("params", "good", "memory")
"""Of the first reading, the second and the last."""


def picture_lines(picture: AxisPicture, width: int | None, *, color: bool) -> Iterator[str]:
    """The axis, a line for each reading, their numbers, and what the symbols mean."""
    labels = [axis_label(picture), *(reading_label(picture, r) for r in picture.readings)]
    notes = [reading_note(picture, reading) for reading in picture.readings]
    pad = max(map(len, labels))
    columns = picture.columns((width or WIDTH) - pad - 4 - max(map(len, notes)))
    yield f"{labels[0]:{pad}}  {_axis(picture, columns, color=color)}"
    for reading, label, note, style in zip(picture.readings, labels[1:], notes, STYLES, strict=False):
        cells = "".join(_cell(reading, columns, at) for at in range(len(columns)))
        yield f"{label:{pad}}  {painted(cells, style, color)}  {note}"
    yield f"{'':{pad}}  {ruler(picture, columns)}".rstrip()
    room = width and width - pad - 2
    yield from (f"{'':{pad}}  {line}" for note in legend(picture) for line in wrapped(note, room))


def axis_label(picture: AxisPicture) -> str:
    """The axis that positions are on."""
    return f"output {picture.name}" if picture.turned else picture.name


def reading_label(picture: AxisPicture, reading: Reading) -> str:
    """Which window it is, from 1."""
    return f"{'input' if picture.turned else picture.reader} {reading.output + 1}"


def reading_note(picture: AxisPicture, reading: Reading) -> str:
    """The positions in words: `reads 0 to 10`."""
    verb = "adds to" if picture.turned else "reads"
    ends = f"{reading.first} to {reading.last}" if reading.last > reading.first else str(reading.first)
    gap = f" by {reading.gap}" if reading.gap > 1 and reading.last > reading.first else ""
    return f"{verb} {ends}{gap}".replace("-", "−")


def _axis(picture: AxisPicture, columns: Sequence[int | None], *, color: bool) -> str:
    states = (picture.state(p) if p is not None else None for p in columns)
    shown = ((GAP, "dim") if state is None else SYMBOLS[cut_off(picture, state)] for state in states)
    return "".join(painted(symbol, style, color) for symbol, style in shown)


def cut_off(picture: AxisPicture, state: State) -> State:
    """What is padding of an output is cut off it, and so beyond it."""
    return "beyond" if picture.turned and state not in ("read", "unread") else state


def _cell(reading: Reading, columns: Sequence[int | None], at: int) -> str:
    position = columns[at]
    if position is not None:
        return READ if reading.reads(position) else " "
    before, after = columns[at - 1], columns[at + 1]
    inside = before is not None and after is not None and reading.first <= before and after <= reading.last
    return GAP if inside else " "


def ruler(picture: AxisPicture, columns: Sequence[int | None]) -> str:
    """The numbers of the positions where something begins or ends, each under its column, where there is room."""
    line = ""
    edges = set(picture.edges())
    for column, position in enumerate(columns):
        if position is not None and position in edges and len(line) < column + (not line):
            line = line.ljust(column) + str(position).replace("-", "−") + " "
    return line.rstrip()


def legend(picture: AxisPicture) -> Iterator[str]:
    """What the symbols that are there mean, and which positions nothing reads."""
    before, after = picture.before, picture.after
    if picture.turned:
        cut = f"; - is cut off: {before} before and {after} after" if before or after else ""
        added = plural(picture.outputs, "adds", "add")
        positions = counted(picture.size, "position")
        yield f"{counted(picture.outputs, 'input')} {added} to {positions} of the output, numbered from 0{cut}"
    else:
        padding = f"; 0 is padding: {before} before and {after} after" if before or after else ""
        yield f"{counted(picture.size, picture.named)}, numbered from 0{padding}"
        beyond = picture.end - (picture.size + after - 1)
        if beyond > 0:
            yield f"- is after the end: the last window goes beyond the end by {beyond}"
    unread = picture.unread_note()
    if unread:
        yield unread


# --- the whole explanation ------------------------------------------------------------------------

MARGIN = 11
"""Columns of the words at the left."""
ROOMY = 66
"""Columns beside them from which on pictures are moved in as far as the text."""
SEVERITIES = ("error", "warning", "note")


def explanation_text(explanation: WorkedLayer, style: Style) -> str:
    """The whole text, with the last newline."""
    head = f"{clean(explanation.name)}  {clean(explanation.text)}"
    place = f"  ({clean(explanation.place)})" if explanation.place else ""
    lines = [
        *wrapped(painted(head, "bold", style.color) if style.color else head, style.width),
        *wrapped(f"{explanation.volumes}{place}", style.width),
        "",
    ]
    for paragraph in explanation.paragraphs:
        lines += _paragraph(paragraph, style)
    return "\n".join(lines).rstrip() + "\n"


def _paragraph(paragraph: Paragraph, style: Style) -> Iterator[str]:
    width = None if style.width is None else style.width - MARGIN
    if paragraph.picture is not None:
        margin = MARGIN if width is None or width >= ROOMY else 2
        drawn = picture_lines(paragraph.picture, width and width + MARGIN - margin, color=style.color)
        yield from ("", *(f"{'':{margin}}{line}".rstrip() for line in drawn), "")
        return
    label, lines = clean(paragraph.label), [part for line in paragraph.lines for part in _wrapped(clean(line), width)]
    if cells(label) >= MARGIN:
        yield painted(label, "dim", style.color)
        label = ""
    colour = label if label in SEVERITIES else "help" if label == "to fix it" else "dim"
    for place, line in enumerate(lines):
        word = label if not place else ""
        yield f"{painted(word, colour, style.color)}{'':{MARGIN - cells(word)}}{line}".rstrip()


def _wrapped(line: str, width: int | None) -> Iterator[str]:
    """A line with what does not fit moved in below it."""
    first, *more = wrapped(line, None if width is None else width - 2)
    yield first
    yield from (f"  {part}" for part in more)


# --- names of layers --------------------------------------------------------------------------


def name_lines(report: CheckedNetwork, width: int | None) -> Iterator[str]:
    """A line a layer: its name, its text, and its volume."""
    pad = max((cells(clean(row.name)) for row in report.rows), default=0)
    for row in report.rows:
        name, volume = clean(row.name), "unknown" if row.output is None else str(row.output)
        room = 60 if width is None else max(width - pad - len(volume) - 4, 12)
        yield f"{name}{'':{pad - cells(name)}}  {shortened(clean(row.text), room)}  {volume}"
