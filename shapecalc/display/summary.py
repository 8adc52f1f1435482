"""What is around the table: conventions, totals in words, marks explained, notes counted, diagnostics counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from shapecalc.core.bytes import byte_text
from shapecalc.core.phrases import counted, listed, plural
from shapecalc.core.record import replace
from shapecalc.core.window import TilingClass, decimal, tiling
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.display.columns import COLUMNS, TILING_MARKS
from shapecalc.display.formatting import layout_text, volume_is_assumed, window_is_assumed
from shapecalc.display.style import Style, cells, clean, painted
from shapecalc.display.table import Table
from shapecalc.display.wrapping import filled, hanging
from shapecalc.passes.report import Report, Row, Totals
from shapecalc.passes.step_memory import CheckpointedStep
from shapecalc.rules.catalogue import rule_name

_NAMED = 6
"""Layers that a line names before it counts the others."""


def header(report: Report, style: Style) -> list[str]:
    """The name of the network, its path, and the conventions that its figures follow."""
    conventions = report.conventions
    title = painted(clean(report.name), "bold", style.color)
    if report.source.path != report.name:
        title += f"  {painted(clean(report.source.path), 'dim', style.color)}"
    rank = next((len(row.output.spatial) for row in report.rows if row.output), 2)
    phrases = [
        f"batch {conventions.batch:,}",
        conventions.dtype,
        f"volumes {layout_text(style.layout, rank)}",
        "macs: multiply-accumulates, no bias",
    ]
    return [title, *_flow(phrases, style, "dim")]


def _flow(phrases: Sequence[str], style: Style, name: str, separator: str = "") -> list[str]:
    """Phrases beside each other in as many lines as the width asks for, broken between phrases, or within one."""
    width, separator = style.width, separator or (" · " if style.unicode else " | ")
    lines = filled(phrases, separator, width)
    fitting = [part for line in lines for part in (wrap(line, width) if width and cells(line) > width else [line])]
    return [painted(line, name, style.color) for line in fitting]


# --- marks --------------------------------------------------------------------------------------

_MEANINGS: dict[TilingClass, str] = {
    "drops-pixels": "some input is read by no window",
    "trims-padding": "only padding is left over",
    "subsamples": "gaps by design, stride above extent",
}


def legend(report: Report, shown: Table, style: Style) -> list[str]:
    """The marks that are in use and what they mean, and which columns had no room."""
    rows, columns = report.rows, shown.columns
    if style.width is None:
        style = replace(style, width=max(80, shown.width))
    phrases = []
    if "tiling" in columns:
        used = {row.tiling for row in rows}
        phrases += [f"{TILING_MARKS[c][0]} {text}" for c, text in _MEANINGS.items() if c in used]
    if any(_shows_star(row, columns) for row in rows):
        phrases.append("* assumed, not written")
    if any(row.output is None for row in rows):
        phrases.append("? unknown")
        phrases.append("+ at least")
    if "memory" in columns and any(row.in_place for row in rows):
        phrases.append("memory –: shared with the input")
    if shown.folds:
        phrases.append("┌│└ ×N: N equal iterations, shown once and summed")
    lines = _flow([*phrases, *_peaks(report, shown)], style, "dim", "   ")
    if shown.left_out:
        without = f"columns left out at width {style.width}: {', '.join(shown.left_out)}"
        lines += _flow([without, "--columns or a wider terminal shows them"], style, "dim", "; ")
    return lines


def _shows_star(row: Row, columns: Sequence[str]) -> bool:
    assumed = row.node.assumed
    return bool(assumed) and (
        "layer" in columns
        or ("window" in columns and window_is_assumed(row))
        or ("volume" in columns and volume_is_assumed(row))
    )


def _peaks(report: Report, shown: Table) -> Iterable[str]:
    """Which row has the longest bar, and how much of the total that is."""
    parts: list[str] = []
    if report.totals is None or report.totals.unknown:
        return parts
    for key in filter(None, (COLUMNS[k].bar_of for k in shown.columns)):
        figures, largest = shown.figures.of(key), shown.figures.largest(key)
        total = sum(v for v in figures if v is not None)
        if 100 * largest >= total > 0:
            name = clean(report.rows[figures.index(largest)].node.name)
            parts.append(f"{name} {_percent(largest, total)} of {key}")
    return [f"longest bars: {', '.join(parts)}"] if parts else []


def _percent(part: int, whole: int) -> str:
    tenths = round(1000 * part / whole)
    return f"{tenths // 10} %" if tenths % 10 == 0 or tenths >= 100 else f"{tenths / 10} %"


# --- totals -------------------------------------------------------------------------------------


def totals_lines(report: Report, style: Style) -> list[str]:
    """Parameters, work and memory in words, with lower bounds where rows are unknown."""
    totals = report.totals
    if totals is None:
        return []
    lines = [
        ("params", _params(totals, report.rows)),
        ("macs", _work(report)),
        ("memory", _memory(report, style)),
    ]
    texts = []
    for label, phrases in lines:
        first, *more = _flow(phrases, _narrower(style, 8), "")
        texts.append(f"{painted(f'{label:<8}', 'bold', style.color)}{first}")
        texts += [" " * 8 + line for line in more]
    return texts


def _narrower(style: Style, by: int) -> Style:
    return style if style.width is None else replace(style, width=max(1, style.width - by))


def _params(totals: Totals, rows: Sequence[Row]) -> list[str]:
    if totals.weights is None or totals.biases is None:
        known = sum(row.params or 0 for row in rows)
        return [f"at least {known:,}", _unknown(sum(row.params is None for row in rows))]
    total = totals.weights + totals.biases
    phrases = [f"{total:,} = {totals.weights:,} weights + {totals.biases:,} biases"]
    if totals.frozen:
        phrases.append(f"{totals.frozen:,} of them frozen")
    if totals.buffers:
        phrases.append(f"{totals.buffers:,} buffers, not trained")
    return phrases


def _work(report: Report) -> list[str]:
    totals = report.totals
    if totals is None or totals.macs is None or totals.flops is None:
        known = report.conventions.batch * sum(row.macs or 0 for row in report.rows)
        return [f"at least {known:,}", _unknown(sum(row.macs is None for row in report.rows))]
    return [f"{totals.macs:,}", f"{totals.flops:,} flops, two for each"]


def _memory(report: Report, style: Style) -> list[str]:
    conventions, memory = report.conventions, report.totals.memory if report.totals else None
    size = conventions.bytes
    if memory is None or memory.forward is None:
        known = size * conventions.batch * sum(row.allocated or 0 for row in report.rows)
        unknown = _unknown(sum(row.allocated is None for row in report.rows))
        return [f"forward at least {byte_text(known, style.units, 2)}", unknown, "training and inference peak unknown"]
    figures = {
        "parameters": memory.parameters,
        "forward": memory.forward,
        "kept for training": memory.kept,
        f"training with {conventions.optimizer}": memory.training,
        "inference peak": memory.inference_peak,
    }
    texts = {k: "unknown" if v is None else byte_text(v, style.units, 2) for k, v in figures.items()}
    if memory.step:
        row = memory.step.row
        place = "in the update" if row is None else f"at {clean(report.rows[row].name)}"
        texts[f"training with {conventions.optimizer}"] += f" (peak {place})"
    return [*(f"{what} {text}" for what, text in texts.items()), *_checkpointed(memory.checkpointed, style)]


def _checkpointed(found: CheckpointedStep | None, style: Style) -> Iterator[str]:
    if found is not None:
        taken, kept = (byte_text(size, style.units, 2) for size in (found.step.peak, found.kept))
        again = f"{found.macs:,} macs computed again"
        yield f"training with checkpoints every {counted(found.every, 'layer')} {taken} ({kept} kept, {again})"


def _unknown(count: int) -> str:
    return f"{counted(count, 'layer')} unknown"


# --- diagnostics --------------------------------------------------------------------------------

_IN_ONE_LINE = {
    "SHP202": ("{} only padding, no pixels", "leaves out", "leave out"),
    "SHP203": ("{} the input by design", "subsamples", "subsample"),
}
"""By code: what a line says that counts notes of layers, with its verb for one and for several."""


def notes_in_short(report: Report, notes: Sequence[Diagnostic], style: Style, *, named: bool = False) -> list[str]:
    """One line for every kind of note, which counts and names the layers; `named` with the file in front."""
    by_code: dict[str, list[Diagnostic]] = {}
    for note in notes:
        by_code.setdefault(note.code, []).append(note)
    hint = "(--notes shows more)"
    lines = []
    for code, same in by_code.items():
        where = f"{report.source.path}: " if named else ""
        first, *more = hanging("note: ", f"{clean(where + _said(code, same, report))}  {hint}", style.width)
        shown = [f"{painted('note:', 'note', style.color)}{first[5:]}", *more]
        if shown[-1].endswith(hint):  # else it is broken between two lines
            shown[-1] = shown[-1].removesuffix(hint) + painted(hint, "dim", style.color)
        lines += shown
    return lines


def _said(code: str, notes: Sequence[Diagnostic], report: Report) -> str:
    if code not in _IN_ONE_LINE:
        first = notes[0].message
        return first if len(notes) == 1 else f"{first}, and {len(notes) - 1} more like this"
    spans, name = {note.span for note in notes}, rule_name(code)
    rows = [(row, shown) for row in report.rows if row.node.span in spans and (shown := _quotient(row, name))]
    text, one, several = _IN_ONE_LINE[code]
    shown = listed([f"{row.node.name} ({quotient})" for row, quotient in rows], _NAMED)
    return f"{counted(len(rows), 'layer')} {text.format(plural(len(rows), one, several))}: {shown}"


def _quotient(row: Row, kind: str) -> str:
    """The quotient of the axis, or of the depth, that is tiled so; empty where this is not what the layer does."""
    layer, volume = row.node.layer, row.arriving
    tilings = row.tilings if row.tiling == kind else ()
    if volume is not None and layer.depth_window is not None:
        tilings = (tiling(volume.depth, layer.depth_window),)
    return next((decimal(t.quotient) for t in tilings if t.kind == kind), "")
