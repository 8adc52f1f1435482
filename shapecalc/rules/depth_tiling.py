"""Grades how windows that slide along the depth tile its channels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shapecalc.core.window import decimal, tiling
from shapecalc.diagnostics.diagnostic import Diagnostic, Severity, report
from shapecalc.passes.report import Row


def depth_diagnostics(rows: Sequence[Row], rounding: str | None, *, strict: bool) -> Iterable[Diagnostic]:
    """SHP201 where channels are left over (a warning with `rounding: floor`), SHP203 where the stride skips some."""
    for row in rows:
        volume = row.inputs[0] if row.inputs else None
        window = row.node.layer.depth_window if row.node.layer else None
        if volume is None or window is None or row.output is None:
            continue
        found = tiling(volume.depth, window)
        if found.kind == "exact":
            continue
        code, severity, verb = _graded(found.kind == "subsamples", rounding == "floor" and not strict)
        many = "channel is" if found.unread == 1 else "channels are"
        yield report(
            code,
            f"{row.node.kind} {verb} the depth of its input: ({volume.depth} − {window.effective})/{window.stride} + 1 "
            f"= {decimal(found.quotient)}",
            row.node.span,
            label=f"{found.unread:,} {many} never read",
            severity=severity,
            notes=(f"rounding down leaves a depth of {row.output.depth}",) if code == "SHP201" else (),
            layer=row.node.index,
        )


def _graded(skips: bool, lenient: bool) -> tuple[str, Severity, str]:
    if skips:
        return "SHP203", "note", "subsamples"
    return "SHP201", "warning" if lenient else "error", "does not tile"
