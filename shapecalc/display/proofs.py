"""A verification and a comparison with another program as lines for people, and the first as an object for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from shapecalc.core.phrases import counted, listed, plural
from shapecalc.display.style import clean, painted
from shapecalc.passes.report import Report
from shapecalc.rules.tiling_text import rows_and_columns
from shapecalc.verification.proof import Proof
from shapecalc.verification.verify import LayerProofs, Verification

if TYPE_CHECKING:
    from shapecalc.against.comparison import ComparedLayer, Comparison
    from shapecalc.against.outputs import ComparedOutput

MOST_NAMED = 4
"""Layers that are named of those of which something is left out."""
BUG = "this is a bug in shapecalc or in a layer type; please report it with the text that caused it"
ENDLESS = "its values are not finite in float32 (a division by zero?), so the values of later layers prove nothing"


def lines(verification: Verification, *, color: bool = False, every: bool = False) -> Iterator[str]:
    """A line a layer with ✓, or the figures of it that differ; totals; what was left out; the verdict.

    With `every` each figure has a line of its own below its layer.
    """
    layers = verification.layers
    names = max(len(layer.row.node.name) for layer in layers)
    sizes = max(len(str(layer.row.output)) for layer in layers)
    yield painted(f"{clean(verification.report.name)}: {_conditions(verification)}", "bold", color)
    for layer in layers:
        name = f"{clean(layer.row.node.name):{names}}"
        if layer.failed:
            yield f"{painted('✗', 'error', color)} {name}  cannot be run: {clean(layer.failed)}"
        elif layer.differing:
            for proof in layer.differing:
                yield f"{painted('✗', 'error', color)} {name}  {_difference(proof)}"
        else:
            line = f"{name}  {layer.row.output!s:{sizes}}  {_figures(layer)}"
            yield f"{painted('✓', 'good', color)} {line.rstrip()}"
        if every:
            yield from (f"    {_line(proof, color)}" for proof in layer.proofs if proof not in layer.differing)
    yield from (_line(proof, color) for proof in verification.totals)
    yield from _left_out(verification)
    yield verdict(verification, color=color)


def _conditions(verification: Verification) -> str:
    images = counted(verification.batch, "image")
    weights = "with the weights of the file, " if verification.stored else ""
    return f"run in NumPy on {images}, float32, {weights}seed {verification.seed}"


def _line(proof: Proof, color: bool) -> str:
    """One figure that agrees, or both numbers, or why there is none."""
    if proof.status == "differs":
        return f"{painted('✗', 'error', color)} {_difference(proof)}"
    if proof.status == "skipped":
        return f"- {proof.what}: left out: {proof.skipped}"
    return f"{painted('✓', 'good', color)} {proof.what}: {_figure(proof.what, proof.actual)}"


def _figures(layer: LayerProofs) -> str:
    """What was proved of a layer, beside its volume."""
    said = {proof.what: proof for proof in layer.proofs}
    parts = [
        f"{_shown(said[what].actual)} {label}"
        for what, label in (("parameters", "params"), ("running statistics", "running"), ("MACs", "MACs"))
        if what in said and said[what].actual
    ]
    if "bytes" in said and not said["bytes"].actual:
        parts.append("in place")
    if "tiling" in said and not said["tiling"].skipped:
        unread = _figure("unread", said["unread"].actual)
        parts.append(f"tiling {said['tiling'].actual}" + (f" ({unread} never read)" if unread != "nothing" else ""))
    field = said.get("receptive field")
    if field is not None and not field.skipped:
        parts.append(f"sees {field.actual}")
    return "  ".join(parts)


def _difference(proof: Proof) -> str:
    if proof.fault:
        return clean(proof.fault)
    expected, actual = _figure(proof.what, proof.expected), _figure(proof.what, proof.actual)
    return f"{proof.what}: the report says {expected}, the run gives {actual}"


def _figure(what: str, figure: str | int) -> str:
    """A figure as people read it: what is left over is columns and rows, not a size."""
    parts = str(figure).split("x")
    if what in ("unread", "trimmed") and all(map(str.isdecimal, parts)):
        return rows_and_columns([int(part) for part in parts])
    return _shown(figure)


def _shown(figure: str | int) -> str:
    return f"{figure:,}" if isinstance(figure, int) else clean(figure)


def _left_out(verification: Verification) -> Iterator[str]:
    """What could not be proved, and why, once a reason."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for layer in verification.layers:
        for proof in layer.proofs:
            if proof.status == "skipped":
                reasons.setdefault((proof.what, proof.skipped), []).append(clean(layer.row.node.name))
    for (what, reason), names in reasons.items():
        yield f"- {what} of {listed(names, MOST_NAMED)} left out: {reason}"


def verdict(verification: Verification, *, color: bool = False) -> str:
    """One line for the whole network, or which layers are wrong and what that means."""
    report, seconds = verification.report, f"{verification.seconds:.1f} s"
    if verification.ok:
        count, out = len(verification.layers), verification.left_out
        agreeing = counted(verification.proved, "figure agrees", "figures agree")
        agreeing += f", {out:,} left out" if out else ""
        text = f"{agreeing}, {counted(count, 'layer')}, {seconds}"
        return painted(f"{clean(report.name)}: {text}", "good", color)
    if verification.absent and len(verification.wrong) == 1:
        headline = f"error: {clean(report.name)}: {clean(verification.absent)} has no forward, so the run ends there"
        return painted(headline, "error", color)
    figures = verification.differing
    names = [f"{clean(layer.row.node.name)} ({layer.row.node.kind})" for layer in verification.wrong]
    where = f"first at {names[0]}" if names else "in the totals only"
    differ = f"{counted(figures, 'figure')} {plural(figures, 'differs', 'differ')}"
    headline = f"error: {clean(report.name)}: {differ}, {where}"
    differing = {proof.what for layer in verification.wrong for proof in layer.differing}
    differing |= {proof.what for proof in verification.totals if proof.status == "differs"}
    return f"{painted(headline, 'error', color)}\n  = note: {ENDLESS if differing == {'values'} else BUG}"


def checked_too(verification: Verification) -> str:
    """That figures agree in a network in which check finds errors, which says nothing against them."""
    errors = sum(d.severity == "error" for d in verification.report.diagnostics)
    if not errors or not verification.ok:
        return ""
    name = clean(verification.report.name)
    return f"note: check finds {counted(errors, 'error')} in {name}; its figures are proved as they are"


def as_object(verification: Verification) -> dict[str, Any]:
    """The same for programs: every proof with what was said and found, and its status."""
    report = verification.report
    failed = f"{verification.absent} has no forward, so the run ends there" if verification.absent else None
    return empty_object(report.source.path, report.name, failed) | {
        "ok": verification.ok,
        "weights": "file" if verification.stored else "random",
        "seed": verification.seed,
        "batch": verification.batch,
        "seconds": round(verification.seconds, 3),
        "diagnostics": found_by_check(report),
        "layers": [
            {
                "index": layer.row.node.index,
                "name": layer.row.node.name,
                "kind": layer.row.node.kind,
                "ok": not layer.differing,
                "proofs": [_proof(proof) for proof in layer.proofs],
            }
            for layer in verification.layers
        ],
        "totals": [_proof(proof) for proof in verification.totals],
    }


def document(objects: list[dict[str, Any]], *, unicode: bool = True) -> str:
    """All networks as JSON, with how many of them agree; the schema is `schemas/verify.schema.json`."""
    from shapecalc import __version__
    from shapecalc.display.json_text import json_text

    hold = sum(network["ok"] for network in objects)
    unrun = sum(network["error"] is not None for network in objects)
    summary = {"networks": len(objects), "hold": hold, "differ": len(objects) - hold - unrun, "not_run": unrun}
    tool = {"name": "shapecalc", "version": __version__}
    return json_text({"version": 1, "tool": tool, "networks": objects, "summary": summary}, indent=2, unicode=unicode)


def empty_object(path: str, name: str, error: str | None) -> dict[str, Any]:
    """The same keys for a network of which nothing was run, and why."""
    return {
        "path": path, "name": name, "ok": False, "error": error, "weights": None, "seed": None, "batch": None,
        "seconds": None,
        "layers": [], "totals": [], "onnxruntime": None, "outputs": None, "diagnostics": [],
    }  # fmt: skip


def found_by_check(report: Report) -> list[dict[str, Any]]:
    """What check says about a network, for programs."""
    return [{"code": d.code, "severity": d.severity, "message": d.message} for d in report.diagnostics]


def _proof(proof: Proof) -> dict[str, Any]:
    found, reason = (None, {"reason": proof.skipped}) if proof.skipped else (proof.actual, {})
    return {"what": proof.what, "said": proof.expected, "found": found, "status": proof.status, **reason}


# --- against another program ------------------------------------------------------------------

BUG_OF_EITHER = "this is a bug in shapecalc or in onnxruntime; please report it with the text that caused it"


def compared_lines(name: str, found: Comparison, seconds: float, *, quiet: bool, color: bool) -> Iterator[str]:
    """A line a layer and a line an output, those that differ in any case, and the verdict with its seconds."""
    every: list[ComparedLayer | ComparedOutput] = [*found.layers, *found.outputs]
    for one in every:
        if not (quiet and one.ok):
            mark = painted("✓", "good", color) if one.ok else painted("✗", "error", color)
            yield f"onnxruntime {mark} {clean(one.sentence)}"
    outputs = f"{_agreeing('output', found.outputs)} of the whole run"
    parts = f"{_agreeing('layer', found.layers)} and {outputs}" if found.layers else outputs
    agree = "agrees" if not found.layers and len(found.outputs) == 1 else "agree"
    whom = "onnxruntime" if found.layers else "onnxruntime on the file as it is"
    text = f"{clean(name)}: {parts} {agree} with {whom}, {seconds:.1f} s"
    if found.ok:
        yield painted(text, "good", color)
        return
    yield painted(f"error: {text}", "error", color)
    endless = all(not isfinite(one.largest) for one in every if not one.ok)
    yield f"  = note: {ENDLESS if endless else BUG_OF_EITHER}"


def _agreeing(what: str, those: Sequence[ComparedLayer | ComparedOutput]) -> str:
    return f"{sum(one.ok for one in those):,} of {counted(len(those), what)}"
