"""Grades how every window tiles its input, and says what is lost, what it does downstream, and what mends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shapecalc.core.volumes import axis_name
from shapecalc.core.window import decimal
from shapecalc.diagnostics.diagnostic import Diagnostic, Severity, report
from shapecalc.passes.graph import Graph
from shapecalc.passes.repairs import Repair, dropping, repairs, with_one_window_more
from shapecalc.passes.report import Row

MOST_SOLVED = 5
"""For how many findings of a network mends are looked for."""


@dataclass
class Cause:
    """A layer that drops pixels, the best mend for it, and what else that mend puts right."""

    row: Row
    rows: list[Row]
    """All rows of the network as it is."""
    repairs: list[Repair] = field(default_factory=list)
    more: list[Row] | None = None
    """All rows if the layer's quotient were rounded up instead of down."""
    also: list[Row] = field(default_factory=list)
    """Layers behind it that only drop pixels because of it."""
    claims: list[str] = field(default_factory=list)
    """Claims that only fail because of it."""

    @property
    def best(self) -> Repair | None:
        """The mend that leaves the fewest layers untidy."""
        return self.repairs[0] if self.repairs else None


def find_causes(graph: Graph, rows: list[Row], *, strict: bool) -> list[Cause]:
    """The layers that drop pixels, those that are only consequences of another folded into it."""
    waiting = sorted(dropping(rows))
    folded: set[int] = set()
    causes: list[Cause] = []
    seen: set[int] = set()
    for index in waiting:
        if index in folded:
            continue
        row = rows[index]
        looked_at = id(row.node.layer) in seen or len(causes) >= MOST_SOLVED
        seen.add(id(row.node.layer))
        cause = Cause(row, rows)
        causes.append(cause)
        if looked_at:
            continue
        cause.repairs = repairs(graph, rows, row, exacting=strict or _mode(row, graph.settings.rounding) == "exact")
        cause.more = with_one_window_more(graph, rows, row)
        if cause.best is not None:
            behind = _behind(graph, index)
            cause.also = [rows[i] for i in waiting if i in behind and i != index and i not in cause.best.dropping]
            folded |= {r.node.index for r in cause.also}
    return causes


def _behind(graph: Graph, index: int) -> set[int]:
    """All nodes that descend from one."""
    found = {index}
    for node in graph.nodes[index + 1 :]:
        if not found.isdisjoint(node.inputs):
            found.add(node.index)
    return found


def tiling_diagnostics(rows: list[Row], causes: list[Cause], rounding: str | None, *, strict: bool) -> list[Diagnostic]:
    """A diagnostic for every layer whose windows do not tile exactly; see the table of classes."""
    by_index = {cause.row.node.index: cause for cause in causes}
    folded = {row.node.index: cause.row for cause in causes for row in cause.also}
    found = []
    for row in rows:
        graded = grade(row, rounding, strict=strict)
        if graded is None:
            continue
        cause_row = folded.get(row.node.index)
        if cause_row is not None and grade(cause_row, rounding, strict=strict) == graded:
            continue
        found.append(_describe(row, *graded, by_index.get(row.node.index)))
    return found


def _mode(row: Row, rounding: str | None) -> str | None:
    return getattr(row.node.layer, "rounding", None) or rounding


def grade(row: Row, rounding: str | None, *, strict: bool) -> tuple[str, Severity] | None:
    """Code and severity of how a layer's windows tile their input; None where there is nothing to say."""
    if not row.tilings:
        return None
    mode = _mode(row, rounding)
    inexact = any(t.quotient.denominator != 1 for t in row.tilings)
    match row.tiling:
        case "drops-pixels":
            return "SHP201", "warning" if mode == "floor" and not strict else "error"
        case "trims-padding":
            return "SHP202", "error" if strict or mode == "exact" else "note"
        case "subsamples":
            return ("SHP204", "error") if inexact and mode == "exact" else ("SHP203", "note")
    return ("SHP204", "error") if inexact and (strict or mode == "exact") else None


def _describe(row: Row, code: str, severity: Severity, cause: Cause | None) -> Diagnostic:
    volume = row.inputs[0]
    assert volume is not None
    fits = [t.quotient.denominator == 1 for t in row.tilings]
    worst = [t.kind == row.tiling for t in row.tilings]
    axis = next((i for i in range(len(fits)) if worst[i] and not fits[i]), worst.index(True))
    formula = row.windows[axis].formula(volume.spatial[axis])
    alike = len(set(zip(row.windows, volume.spatial, strict=True))) == 1
    where = "" if alike else f" along the {axis_name(axis, len(fits))[0]}"
    verb = "subsamples" if code == "SHP203" else "leaves out a part of" if all(fits) else "does not tile"
    return report(
        code,
        f"{row.node.kind} {verb} its input{where}: {formula}",
        row.node.span,
        label=_label(row, code),
        severity=severity,
        layer=row.node.index,
        notes=_consequences(row, cause) if cause else (),
        help=_advice(cause) if cause else (),
        fixes=tuple(m.fix for m in cause.repairs if m.fix) if cause else (),
    )


def _label(row: Row, code: str) -> str:
    """What becomes of the input, axis by axis."""
    assert row.inputs[0] is not None
    spatial = "x".join(map(str, row.inputs[0].spatial))
    unread = [t.unread for t in row.tilings]
    if code == "SHP201":
        lost = [t.unread if t.kind == "drops-pixels" else 0 for t in row.tilings]
        one = sum(1 for n in lost if n) == 1 and max(lost) == 1
        return f"{counted(lost)} of the {spatial} input {'is' if one else 'are'} never read"
    if code == "SHP202":
        parts = counted([t.trimmed for t in row.tilings])
        if not any(unread):
            return f"only padding is left over ({parts}), every pixel of the {spatial} input is read"
        return f"only padding is left over ({parts}), beside {counted(unread)} in the gaps that the stride leaves"
    if code == "SHP203" or any(unread):
        return f"{counted(unread)} of the {spatial} input lie in the gaps that the stride leaves by design"
    return f"rounded up, the last window hangs over the end of the {spatial} input"


def counted(numbers: Sequence[int]) -> str:
    """Numbers of columns, rows and slices, axis by axis, as people say them: `1 column and 2 rows`."""
    names = [("position", "positions")] if len(numbers) == 1 else [
        ("column", "columns"), ("row", "rows"), ("slice", "slices")
    ]  # fmt: skip
    parts = [f"{n:,} {name[n != 1]}" for n, name in zip(numbers, names, strict=False) if n]
    return " and ".join(parts) or "nothing"


def _consequences(row: Row, cause: Cause) -> tuple[str, ...]:
    notes = []
    if cause.more is not None:
        notes.append(_difference(row, cause.more, cause.rows))
    if cause.also:
        shown = ", ".join(f"{r.node.name} ({_quotients(r)})" for r in cause.also[:6])
        more = f" and {len(cause.also) - 6} more" if len(cause.also) > 6 else ""
        notes.append(f"because of it, these do not tile either: {shown}{more}")
    if cause.claims:
        shown = ", ".join(cause.claims[:4])
        more = f" and {len(cause.claims) - 4} more" if len(cause.claims) > 4 else ""
        notes.append(f"because of it, these claims fail: {shown}{more}")
    return tuple(note for note in notes if note)


def _quotients(row: Row) -> str:
    worst = next(t for t in row.tilings if t.kind == row.tiling)
    return decimal(worst.quotient)


def _difference(row: Row, more: list[Row], rows: list[Row]) -> str:
    """What rounding down does to the network, against one more window."""
    for now, then in zip(rows, more, strict=True):
        if now.weights and then.weights and now.weights != then.weights and now.inputs[0] and then.inputs[0]:
            fewer = sum(r.params or 0 for r in more) - sum(r.params or 0 for r in rows)
            return (
                f"rounding down leaves {now.node.name} {now.inputs[0].size:,} inputs ({now.inputs[0]}) instead of "
                f"{then.inputs[0].size:,} ({then.inputs[0]}) and makes the network "
                f"{abs(fewer):,} parameters {'smaller' if fewer > 0 else 'larger'}"
            )
    then_output = more[row.node.index].output
    return f"rounding down makes the output {row.output} instead of {then_output}" if then_output != row.output else ""


def _advice(cause: Cause) -> tuple[str, ...]:
    first, *others = [m.advice for m in cause.repairs] or [""]
    return tuple(line for line in (first, *(f"or {other}" for other in others)) if line)
