"""A layer as it stands and, where it does not fit, beside it the same layer with the first fix that is offered."""

from __future__ import annotations

from collections.abc import Callable

from shapecalc.core.record import Record, replace
from shapecalc.core.window import Window
from shapecalc.diagnostics.diagnostic import Diagnostic, Source
from shapecalc.explanation.axis_picture import AxisPicture
from shapecalc.explanation.explain import DiagnosedLayers
from shapecalc.explanation.formula import letters_of, on_axis, worked
from shapecalc.explanation.sizes import depth_picture, picture_of
from shapecalc.passes.report import CheckedNetwork, Row

Check = Callable[[Source], list[CheckedNetwork]]
"""The reports of a text."""


class Panel(Record):
    """One picture with its heading, and what it shows in a sentence."""

    title: str
    formula: str
    picture: AxisPicture
    verdict: str
    fits: bool


def panels(report: CheckedNetwork, row: Row, check: Check) -> list[Panel]:
    """The panel of the layer's first axis that does not fit, or its first; none where there is no window to draw."""
    axis = next((a for a, t in enumerate(row.tilings) if t.unread), 0)
    panel = _panel(report, row, axis)
    if panel is None:
        return []
    fixed = _fixed(report, row, check)
    after = _panel(*fixed, axis) if fixed else None
    return [panel, *([after] if after and after.fits else [])]


def _fixed(report: CheckedNetwork, row: Row, check: Check) -> tuple[CheckedNetwork, Row] | None:
    """The network with the first fix of what is wrong with the layer, or of what causes it, and the layer in it."""
    fix = next((fix for diagnostic in _wrong(report, row) for fix in diagnostic.fixes), None)
    if fix is None or report.source.open_bytes is not None:
        return None
    for other in check(replace(report.source, text=fix.applied_to(report.source.text))):
        found = [same for same in other.rows if same.name == row.name]
        if found:
            return other, found[0]
    return None


def _panel(report: CheckedNetwork, row: Row, axis: int) -> Panel | None:
    layer, volume = row.node.layer, row.arriving
    if volume is None or row.output is None:
        return None
    picture = picture_of(layer, volume, row.output, axis) or depth_picture(layer, [volume], row.output)
    if picture is None:
        return None
    unread = picture.unread_note().removeprefix("× ")
    formula, verdict = "", "every position is added to" if picture.turned else "every position is read"
    if row.windows:
        window, size = row.windows[axis], volume.spatial[axis]
        formula, verdict = window.formula(size, zeros=False), _verdict(window, size)
    elif "size" in layer.formulas:
        size_worked = worked(layer.formulas["size"], on_axis(letters_of(layer, [volume], row.output), axis))
        formula = str(replace(size_worked, letters=size_worked.numbers))
        formula = formula if " = " in formula else str(size_worked)
    title = f"{volume} → {row.text} → {row.output}"
    return Panel(title, formula, picture, unread or verdict, not _wrong(report, row))


def _wrong(report: CheckedNetwork, row: Row) -> list[Diagnostic]:
    diagnosed = DiagnosedLayers(report)
    return [d for d in (*diagnosed.of(row), *diagnosed.causes_of(row)) if d.severity != "note"]


def _verdict(window: Window, size: int) -> str:
    if window.quotient(size).denominator == 1:
        return "the windows fit, and nothing is left over"
    return "only padding is left over" if window.rounding == "floor" else "the last window goes beyond the end"
