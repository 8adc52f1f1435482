"""What the rules on tiling have in common: which layers a code is for, and how what is lost is worded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from shapecalc.core.phrases import counted, listed, plural, size_text
from shapecalc.core.volumes import axis_name
from shapecalc.core.window import decimal, tiling
from shapecalc.diagnostics.diagnostic import Diagnostic, Severity
from shapecalc.passes.report import Row
from shapecalc.passes.shapes import grade
from shapecalc.rules.rule import Context, Rule

if TYPE_CHECKING:
    from shapecalc.repairs.causes import Cause


ROUNDED = "the text claims the rounded volume, so this is a note"

MOST_NAMED, MOST_CLAIMS = 6, 4
"""Layers, and claims, that a note names of those that a cause brings with it."""


def tiling_diagnostics(rule: Rule, context: Context) -> Iterator[Diagnostic]:
    """A diagnostic for every layer whose windows are graded with the rule's code, consequences of another left out."""
    by_index = {cause.row.node.index: cause for cause in context.causes if cause.code == rule.code}
    folded = {row.node.index: cause for cause in context.causes for row in cause.also}
    rounding, strict = context.settings.rounding, context.strict
    for row, severity in context.graded.get(rule.code, ()):
        cause = folded.get(row.node.index)
        if cause is None or grade(cause.row, rounding, strict=strict) != (rule.code, severity):
            yield _describe(rule, row, severity, by_index.get(row.node.index), cause)


def _describe(rule: Rule, row: Row, severity: Severity, cause: Cause | None, of: Cause | None) -> Diagnostic:
    """What is said of a layer; `of` is what it follows from, where that is less than an error or another code."""
    volume = row.inputs[0]
    assert volume is not None
    fits = [t.quotient.denominator == 1 for t in row.tilings]
    worst = [t.kind == row.tiling for t in row.tilings]
    axis = next((i for i in range(len(fits)) if worst[i] and not fits[i]), worst.index(True))
    formula = row.windows[axis].formula(volume.spatial[axis])
    alike = len(set(zip(row.windows, volume.spatial, strict=True))) == 1
    where = "" if alike else f" along the {axis_name(axis, len(fits))[0]}"
    verb = "subsamples" if rule.code == "SHP203" else "leaves out a part of" if all(fits) else "does not tile"
    return rule.report(
        row.node,
        f"{row.node.kind} {verb} its input{where}: {formula}",
        label=_label(row, rule.code),
        severity=severity,
        notes=consequences(cause) if cause else _notes(row, severity, of),
        help=(cause.advice or (cause.reason,)) if cause else (),
        fixes=cause.fixes if cause else (),
    )


def _notes(row: Row, severity: Severity, of: Cause | None) -> tuple[str, ...]:
    if severity == "note":
        return (ROUNDED,) if row.is_claimed else ()
    return (f"it follows from {of.row.node.name} ({of.code}): what fixes that fixes this too",) if of else ()


def _label(row: Row, code: str) -> str:
    """What becomes of the input, axis by axis."""
    assert row.inputs[0] is not None
    sizes = row.inputs[0].spatial
    read = f"{size_text(sizes)} input" if len(sizes) > 1 else f"input of {sizes[0]}"
    unread = [t.unread for t in row.tilings]
    if code == "SHP201":
        lost = [t.unread if t.kind == "drops-pixels" else 0 for t in row.tilings]
        one = sum(1 for n in lost if n) == 1 and max(lost) == 1
        return f"{rows_and_columns(lost)} of the {read} {'is' if one else 'are'} never read"
    if code == "SHP202":
        parts = rows_and_columns([t.trimmed for t in row.tilings])
        if not any(unread):
            return f"only padding is left over ({parts}), every pixel of the {read} is read"
        return f"only padding is left over ({parts}), apart from {rows_and_columns(unread)} in the gaps between windows"
    if code == "SHP203" or any(unread):
        return f"{rows_and_columns(unread)} of the {read} are in the gaps that the stride leaves by design"
    return f"rounded up, the last window goes beyond the end of the {read}"


def rows_and_columns(numbers: Sequence[int]) -> str:
    """Numbers of columns, rows and slices, axis by axis, as people say them: `1 column and 2 rows`."""
    names = [("position", "positions")] if len(numbers) == 1 else [
        ("column", "columns"), ("row", "rows"), ("slice", "slices")
    ]  # fmt: skip
    parts = [counted(n, *name) for n, name in zip(numbers, names, strict=False) if n]
    return " and ".join(parts) or "nothing"


def consequences(cause: Cause) -> tuple[str, ...]:
    """Notes on what follows from a cause, and is not reported by itself."""
    notes = []
    if cause.more is not None:
        notes.append(_difference(cause.row, cause.more, cause.rows))
    if cause.also:
        shown = listed([f"{r.node.name} ({_quotients(r)})" for r in cause.also], MOST_NAMED)
        notes.append(f"because of it, these do not tile either: {shown}")
    if cause.failing:
        more = f", and {len(cause.failing) - 1} more" if len(cause.failing) > 1 else ""
        notes.append(f"because of it: {cause.failing[0]}{more}")
    if cause.claims:
        notes.append(f"because of it, these claims fail: {listed(cause.claims, MOST_CLAIMS)}")
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


# --- over the depth ---------------------------------------------------------------------------------


def depth_diagnostics(rule: Rule, context: Context, *, skips: bool) -> Iterator[Diagnostic]:
    """A diagnostic for every layer that leaves channels unread: those that its stride skips, or those left over.

    Channels left over are a warning with `rounding: floor`, and a note where the text claims the rounded depth.
    """
    causes = {cause.row.node.index: cause for cause in context.causes if cause.code == rule.code}
    lenient = not skips and not context.strict
    for row in context.rows:
        volume, window = row.arriving, row.node.layer.depth_window
        if volume is None or window is None or row.output is None:
            continue
        found = tiling(volume.depth, window)
        if found.kind == "exact" or (found.kind == "subsamples") != skips:
            continue
        cause = causes.get(row.node.index)
        verb = "subsamples" if skips else "does not tile"
        many = plural(found.unread, "channel is", "channels are")
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
