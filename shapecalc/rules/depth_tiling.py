"""Grades how windows that slide along the depth tile its channels."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.core.window import decimal, tiling
from shapecalc.diagnostics.diagnostic import Diagnostic, Severity
from shapecalc.passes.report import Row
from shapecalc.rules.rule import Context, Rule


def depth_diagnostics(rule: Rule, context: Context, *, skips: bool) -> Iterator[Diagnostic]:
    """A diagnostic for every layer that leaves channels unread: those that its stride skips, or those left over.

    Channels left over are a warning with `rounding: floor`, and a note where the text claims the rounded depth.
    """
    causes = {cause.row.node.index: cause for cause in context.causes if cause.code == rule.code}
    lenient = not skips and not context.strict
    for row in context.rows:
        volume = row.inputs[0] if row.inputs else None
        window = row.node.layer.depth_window if row.node.layer else None
        if volume is None or window is None or row.output is None:
            continue
        found = tiling(volume.depth, window)
        if found.kind == "exact" or (found.kind == "subsamples") != skips:
            continue
        cause = causes.get(row.node.index)
        verb = "subsamples" if skips else "does not tile"
        many = "channel is" if found.unread == 1 else "channels are"
        yield rule.report(
            row.node,
            f"{row.node.kind} {verb} the depth of its input: ({volume.depth} − {window.effective})/{window.stride} + 1 "
            f"= {decimal(found.quotient)}",
            label=f"{found.unread:,} {many} never read",
            severity=_severity(row, context.settings.rounding) if lenient else None,
            notes=() if skips else (f"rounding down leaves a depth of {row.output.depth}",),
            help=(cause.advice or (cause.reason,)) if cause else (),
            fixes=cause.fixes if cause else (),
        )


def _severity(row: Row, rounding: str | None) -> Severity | None:
    """A milder severity than that of the rule, where the text says that channels may be left over."""
    if row.is_claimed and rounding != "exact":
        return "note"
    return "warning" if rounding == "floor" else None
