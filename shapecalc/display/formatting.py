"""How people read figures: volumes in their layout, windows as `11x11/4 p0`, counts, bytes, shares as bars."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.core.layer import Volume, WrittenWindow
from shapecalc.core.padding import PRESERVE, Padding
from shapecalc.core.parameters import show
from shapecalc.core.phrases import shortest_size, size_text
from shapecalc.core.record import NamedTuple
from shapecalc.passes.report import Row


class Piece(NamedTuple):
    """A part of a cell in one style."""

    text: str
    style: str = ""


Cell = tuple[Piece, ...]
"""What is in one cell of the table."""

NONE: Cell = (Piece("–", "dim"),)
UNKNOWN: Cell = (Piece("?", "warning"),)
EMPTY: Cell = ()
STAR = Piece("*", "warning")
"""After a value that was assumed."""

BARS = (5, 1)
"""Cells of a bar, where there is room and where there is little."""
_EIGHTHS, _UPRIGHT = " ▏▎▍▌▋▊▉", " ▁▂▃▄▅▆▇"


def volume_text(volume: Volume, layout: str) -> str:
    """Sizes joined by `x`: width, height, depth; or as `hwc` and `chw` have it, in any number of axes."""
    if layout == "whd":
        return str(volume)
    spatial = volume.spatial[::-1]
    sizes = (volume.depth, *spatial) if layout == "chw" else (*spatial, volume.depth)
    return size_text(sizes)


def layout_text(layout: str, rank: int) -> str:
    """The name of a layout for so many spatial axes, as the header states it."""
    axes = {1: "W", 2: "WH", 3: "WHZ"}.get(rank, "WH")
    back = axes[::-1]
    return "×".join({"whd": f"{axes}D", "hwc": f"{back}C", "chw": f"C{back}"}[layout])


def bar_text(value: int, largest: int, size: int) -> str:
    """A bar as long as the value's part of the largest one, in eighths of a cell; in one cell it stands upright."""
    whole, rest = divmod(round(value * size * 8 / largest), 8)
    return "█" * whole + (_EIGHTHS if size > 1 else _UPRIGHT)[rest].strip()


# --- windows ------------------------------------------------------------------------------------


def window_cell(row: Row) -> Cell:
    """Extent, stride and padding as `11x11/4 p0`, with a star after what was assumed; empty without a window."""
    if not has_window(row):
        return EMPTY
    layer, assumed = row.node.layer, row.node.assumed
    pieces: list[Piece] = []
    for letter, before, value in zip("FSP", ("", "/", " p"), _window_values(row), strict=True):
        pieces += [Piece(before + value), *([STAR] if letter in assumed else [])]
    window = layer.written_window
    if window and any(d != 1 for d in window.dilation):
        pieces.append(Piece(f" d{window.dilation}"))
    if layer.groups != 1:
        pieces.append(Piece(f" g{layer.groups}"))
    if any(w.rounding != "floor" for w in row.windows):
        pieces.append(Piece(" ceil"))
    return tuple(pieces)


def has_window(row: Row) -> bool:
    """Whether the layer moves a window, be it over its input or (transposed) over its output."""
    return bool(row.windows) or row.node.layer.written_window is not None


def window_sizes(row: Row, rank: int) -> tuple[Sequence[int], Sequence[int], Sequence[int]] | None:
    """Extents, strides and dilations of its window, one an axis; of so many axes where the volume is unknown."""
    if row.windows:
        return [w.extent for w in row.windows], [w.stride for w in row.windows], [w.dilation for w in row.windows]
    written = row.node.layer.written_window
    if written is None:
        return None
    axes = len(row.arriving.spatial) if row.arriving else rank
    extents, strides, dilations = (
        tuple(sizes) * (axes if len(sizes) == 1 else 1) for sizes in (written.extent, written.stride, written.dilation)
    )
    return extents, strides, dilations


def _window_values(row: Row) -> tuple[str, str, str]:
    """Extent, stride and padding: per axis where the rank is known, else as they were written."""
    sizes, written = window_sizes(row, 1), row.node.layer.written_window
    assert sizes is not None
    if row.windows or written is None:
        padding = _padding_text([(w.before, w.after) for w in row.windows])
    else:
        padding = _written_padding(written, sizes[0])
    return size_text(sizes[0]), shortest_size(sizes[1]), padding


def _written_padding(written: WrittenWindow, extents: Sequence[int]) -> str:
    """What was written, or as a number what keeps the size under a stride of 1."""
    padding, dilated = written.padding, any(d != 1 for d in written.dilation)
    if padding == PRESERVE and not dilated and all(extent % 2 for extent in extents):
        return shortest_size([extent // 2 for extent in extents])
    return f"={padding}" if padding.name else str(padding)


def _padding_text(pairs: Sequence[tuple[int, int]]) -> str:
    if all(before == after for before, after in pairs):
        return shortest_size([before for before, _ in pairs])
    return f"({','.join(str(n) for pair in pairs for n in pair)})"


# --- assumed values -----------------------------------------------------------------------------

_IN_VOLUME = ("K", "size")
_IN_WINDOW = ("F", "S", "P")


def volume_is_assumed(row: Row) -> bool:
    """Whether a size of the output was assumed rather than written."""
    return any(letter in _IN_VOLUME for letter in row.node.assumed)


def window_is_assumed(row: Row) -> bool:
    """Whether something about the window was assumed rather than written."""
    return has_window(row) and any(letter in _IN_WINDOW for letter in row.node.assumed)


def assumed_cell(row: Row, *, window_shown: bool) -> Cell:
    """The assumed values that no other column shows: ` *p=0.5`."""
    hidden = [
        letter
        for letter in row.node.assumed
        if letter not in _IN_VOLUME and not (window_shown and letter in _IN_WINDOW and has_window(row))
    ]
    if not hidden:
        return EMPTY
    fields = {a.letter: a.field for a in row.node.layer.signature}
    values = " ".join(f"{letter}={_assumed_value(row, fields[letter])}" for letter in hidden if letter in fields)
    return (Piece(" "), STAR, Piece(values, "dim"))


def _assumed_value(row: Row, field: str) -> str:
    if field == "padding" and row.windows:
        return _padding_text([(w.before, w.after) for w in row.windows])
    value = row.node.layer.arguments[field]
    return str(value) if isinstance(value, Padding) else show(value)
