"""Grades how every window tiles its input, and says what is lost, what it does downstream, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass, field

from shapecalc.diagnostics import Diagnostic, Severity, finding
from shapecalc.graph import Graph
from shapecalc.layer import axis_name
from shapecalc.report import Row
from shapecalc.solve import Mend, dropping, mends
from shapecalc.window import decimal

MOST_SOLVED = 5
"""For how many findings of a network mends are looked for."""


@dataclass
class Cause:
    """A layer that drops pixels, the best mend for it, and what else that mend puts right."""

    row: Row
    rows: list[Row]
    """All rows of the network as it is."""
    mends: list[Mend]
    also: list[Row] = field(default_factory=list)
    """Layers behind it that only drop pixels because of it."""
    claims: list[str] = field(default_factory=list)
    """Claims that only fail because of it."""

    @property
    def best(self) -> Mend | None:
        """The mend that leaves the fewest layers untidy."""
        return self.mends[0] if self.mends else None


def find_causes(graph: Graph, rows: list[Row]) -> list[Cause]:
    """The layers that drop pixels, those that are only consequences of another folded into it."""
    waiting = sorted(dropping(rows))
    causes: list[Cause] = []
    seen: set[int] = set()
    while waiting:
        row = rows[waiting.pop(0)]
        same_layer = id(row.node.layer) in seen
        tried = [] if same_layer or len(causes) >= MOST_SOLVED else mends(graph, rows, row)
        seen.add(id(row.node.layer))
        cause = Cause(row, rows, tried)
        if cause.best is not None:
            behind = _behind(graph, row.node.index)
            cause.also = [rows[i] for i in waiting if i in behind and i not in cause.best.dropping]
            waiting = [i for i in waiting if rows[i] not in cause.also]
        causes.append(cause)
    return causes


def _behind(graph: Graph, index: int) -> set[int]:
    """All nodes that descend from one."""
    found = {index}
    for node in graph.nodes[index + 1 :]:
        if not found.isdisjoint(node.inputs):
            found.add(node.index)
    return found


def tiling_findings(rows: list[Row], causes: list[Cause], rounding: str | None, *, strict: bool) -> list[Diagnostic]:
    """A diagnostic for every layer whose windows do not tile exactly; see the table of classes."""
    by_index = {cause.row.node.index: cause for cause in causes}
    folded = {row.node.index: cause.row for cause in causes for row in cause.also}
    found = []
    for row in rows:
        graded = _grade(row, rounding, strict)
        if graded is None:
            continue
        cause_row = folded.get(row.node.index)
        if cause_row is not None and _grade(cause_row, rounding, strict) == graded:
            continue
        found.append(_describe(row, *graded, by_index.get(row.node.index)))
    return found


def _grade(row: Row, rounding: str | None, strict: bool) -> tuple[str, Severity] | None:
    """Code and severity of how a layer's windows tile their input; None where there is nothing to say."""
    if not row.tilings:
        return None
    mode = getattr(row.node.layer, "rounding", None) or rounding
    exacting = strict or mode == "exact"
    match row.tiling:
        case "drops-pixels":
            return "SHP201", "warning" if mode == "floor" and not strict else "error"
        case "trims-padding":
            return "SHP202", "error" if exacting else "note"
        case "subsamples":
            return "SHP203", "note"
    if exacting and any(t.quotient.denominator != 1 for t in row.tilings):
        return "SHP204", "error"
    return None


def _describe(row: Row, code: str, severity: Severity, cause: Cause | None) -> Diagnostic:
    volume = row.inputs[0]
    assert volume is not None
    rank = len(volume.spatial)
    axis = next(i for i, t in enumerate(row.tilings) if t.kind == row.tiling)
    formula = row.windows[axis].formula(volume.spatial[axis])
    where = "" if len({(w, s) for w, s in zip(row.windows, volume.spatial, strict=True)}) == 1 else (
        f" along the {axis_name(axis, rank)[0]}"
    )  # fmt: skip
    verb = "subsamples" if code == "SHP203" else "does not tile"
    message = f"{row.node.kind} {verb} its input{where}: {formula}"
    extra: dict[str, tuple[str, ...]] = {}
    if cause is not None:
        extra = {"notes": _consequences(row, cause), "help": _advice(cause)}
    fixes = tuple(m.fix for m in cause.mends if m.fix) if cause else ()
    return finding(
        code, message, row.node.span, label=_label(row, code), severity=severity, layer=row.node.index,
        fixes=fixes, notes=extra.get("notes", ()), help=extra.get("help", ()),
    )  # fmt: skip


def _label(row: Row, code: str) -> str:
    volume = row.inputs[0]
    assert volume is not None
    spatial = "x".join(map(str, volume.spatial))
    if code == "SHP202":
        parts = _counted([t.trimmed for t in row.tilings])
        return f"only padding is left over ({parts}), every pixel of the {spatial} input is read"
    if code == "SHP203":
        parts = _counted([t.unread for t in row.tilings])
        return f"{parts} of the {spatial} input lie in the gaps that the stride leaves by design"
    if code == "SHP204":
        return f"rounded up, the last window hangs over the end of the {spatial} input"
    counts = [t.unread for t in row.tilings]
    one = sum(1 for n in counts if n) == 1 and max(counts) == 1
    return f"{_counted(counts)} of the {spatial} input {'is' if one else 'are'} never read"


def _counted(numbers: list[int]) -> str:
    names = [("position", "positions")] if len(numbers) == 1 else [
        ("column", "columns"), ("row", "rows"), ("slice", "slices")
    ]  # fmt: skip
    parts = [f"{n:,} {name[n != 1]}" for n, name in zip(numbers, names, strict=False) if n]
    return " and ".join(parts) or "nothing"


def _consequences(row: Row, cause: Cause) -> tuple[str, ...]:
    notes = []
    if cause.best is not None:
        notes.append(_difference(row, cause.best.rows, cause.rows))
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


def _difference(row: Row, mended: list[Row], rows: list[Row]) -> str:
    """What rounding down does to the network, against the mended one."""
    for now, then in zip(rows, mended, strict=True):
        if now.weights and then.weights and now.weights != then.weights and now.inputs[0] and then.inputs[0]:
            now_params = sum(r.params or 0 for r in rows)
            then_params = sum(r.params or 0 for r in mended)
            change = "smaller" if now_params < then_params else "larger"
            return (
                f"rounding down leaves {now.node.name} {now.inputs[0].size:,} inputs ({now.inputs[0]}) instead of "
                f"{then.inputs[0].size:,} ({then.inputs[0]}) and makes the network "
                f"{abs(then_params - now_params):,} parameters {change}"
            )
    mended_row = mended[row.node.index]
    if mended_row.output != row.output:
        return f"rounding down makes the output {row.output} instead of {mended_row.output}"
    return ""


def _advice(cause: Cause) -> tuple[str, ...]:
    first, *others = [m.advice for m in cause.mends] or [""]
    return tuple(line for line in (first, *(f"or {other}" for other in others)) if line)
