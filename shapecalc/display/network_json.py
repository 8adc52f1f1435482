"""One network as an object of the JSON report. Lines and columns count from 1 in code points, ends exclusive."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.core.window import decimal
from shapecalc.diagnostics.diagnostic import Diagnostic, Source, Span
from shapecalc.language.syntax import Erratum
from shapecalc.passes.memory import im2col, lecture_memory
from shapecalc.passes.other_tools import TOOLS, as_counted_by, work
from shapecalc.passes.report import Report, Row, Totals
from shapecalc.passes.step_memory import CheckpointedStep, StepMemory
from shapecalc.rules.catalogue import rule_name


def network_object(report: Report) -> dict[str, Any]:
    """One network as it is under `networks`."""
    return {
        "path": report.source.path,
        "name": report.name,
        "ok": report.ok,
        "conventions": {
            "batch": report.conventions.batch,
            "dtype": report.conventions.dtype,
            "optimizer": report.conventions.optimizer,
            "device": report.conventions.device,
            "foreach": report.conventions.all_at_once,
            "weight_decay": report.conventions.weight_decay,
            "amp": report.conventions.amp,
        },
        "errata": [erratum_object(e) for e in (report.graph.settings.errata if report.graph else ())],
        "layers": [_layer(row, report.source) for row in report.rows],
        "totals": _totals(report.totals, report) if report.totals else None,
        "diagnostics": [_diagnostic(d, report.source) for d in report.diagnostics],
    }


def erratum_object(erratum: Erratum) -> dict[str, Any]:
    """A figure that the source prints and that is wrong."""
    return {
        "printed": erratum.printed,
        "right": erratum.right,
        "evidence": "; ".join(erratum.evidence),
        "provenance": erratum.provenance,
        "where": erratum.where,
    }


def _layer(row: Row, source: Source) -> dict[str, Any]:
    node = row.node
    line, column = source.position(node.span[0])
    return {
        "index": node.index,
        "name": node.name,
        "kind": node.kind,
        **({"opaque": True} if node.layer is not None and node.layer.opaque else {}),
        **({} if node.shares is None else {"shares": node.shares}),
        "text": node.text,
        "block": list(node.block),
        "repeat": [loop.iteration for loop in node.loops],
        "line": line,
        "column": column,
        **_inner_path(node.span, source),
        "inputs": list(node.inputs),
        "input": [list(v.sizes) if v else None for v in row.inputs],
        "output": list(row.output.sizes) if row.output else None,
        "arguments": arguments(row),
        "assumed": list(node.assumed),
        "weights": row.weights,
        "biases": row.biases,
        "params": row.params,
        "trainable": row.trainable,
        "frozen": row.frozen,
        "buffers": row.buffers,
        "macs": row.macs,
        "activations": row.activations,
        "kept": row.kept,
        "in_place": row.in_place,
        "tiling": _tiling(row),
        "receptive_field": _receptive_field(row),
        "im2col": list(im2col(row) or ()) or None,
    }


def arguments(row: Row) -> dict[str, Any]:
    """Every argument of a layer by its letter, sizes and paddings per axis where the rank is known."""
    layer = row.node.layer
    if layer is None:
        return {}
    volume = row.inputs[0] if row.inputs else None
    rank = len(volume.spatial) if volume else 0
    effective_arguments = layer.effective_arguments(volume if row.output else None)
    values: dict[str, Any] = {}
    for argument in layer.signature:
        value = effective_arguments.get(argument.letter, layer.arguments[argument.field])
        if value is not None:
            values[argument.letter] = _argument(value, rank)
    return values


def _argument(value: Any, rank: int) -> Any:
    if isinstance(value, Sizes):
        numbers = [_number(v) for v in value]
        return numbers * rank if len(value) == 1 and rank else numbers
    if isinstance(value, Padding):
        if value.name:
            return value.name
        pairs = value.pairs * rank if len(value.pairs) == 1 and rank else value.pairs
        return [list(pair) for pair in pairs]
    return list(value) if isinstance(value, tuple) else value


def _tiling(row: Row) -> dict[str, Any] | None:
    if not row.tilings:
        return None
    return {
        "class": row.tiling,
        "quotient": [decimal(t.quotient) for t in row.tilings],
        "unread": [t.unread for t in row.tilings],
        "trimmed": [t.trimmed for t in row.tilings],
    }


def _number(value: int | Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _receptive_field(row: Row) -> dict[str, Any] | None:
    if row.field is None:
        return None
    return {
        "size": [axis.size for axis in row.field.axes],
        "stride": [_number(axis.step) for axis in row.field.axes],
        "offset": [_number(axis.low) for axis in row.field.axes],
        "status": row.field.status,
    }


def _totals(totals: Totals, report: Report) -> dict[str, Any]:
    counts = work(report.rows, report.conventions.batch)
    return {
        "layers": totals.layers,
        "unknown": totals.unknown,
        "weights": totals.weights,
        "biases": totals.biases,
        "params": totals.params,
        "trainable": totals.trainable,
        "buffers": totals.buffers,
        "macs": totals.macs,
        "flops": totals.flops,
        "activations": totals.activations,
        "memory": _memory(totals, report),
        "work": counts,
        "counted_by": {tool: as_counted_by(counts, tool) for tool in TOOLS} if counts else None,
    }


def _memory(totals: Totals, report: Report) -> dict[str, Any]:
    memory, step = totals.memory, totals.memory.step
    return {
        "parameters": memory.parameters,
        "forward": memory.forward,
        "kept": memory.kept,
        "training": memory.training,
        "inference_peak": memory.inference_peak,
        "weights": step and step.weights,
        "batch": step and step.batch,
        "slots": step and step.slots,
        "weight_gradients": step and step.weight_gradients,
        "volume_gradients": step and step.moment.volume_gradients,
        "ends": step and step.ends,
        "optimizer_temporary": step and step.optimizer_temporary,
        "backward_peak": step and step.backward_peak,
        "optimizer_peak": step and step.optimizer_peak,
        "peak": step and _peak(step, report),
        "checkpointed": memory.checkpointed and _checkpointed(memory.checkpointed, report),
        "counted_by": lecture_memory(memory, report.conventions, totals.trainable or 0),
    }


def _checkpointed(found: CheckpointedStep, report: Report) -> dict[str, Any]:
    return {
        "every": found.every,
        "segments": found.segments,
        "kept": found.kept,
        "training": found.step.peak,
        "peak": _peak(found.step, report),
        "macs": found.macs,
    }


def _peak(step: StepMemory, report: Report) -> dict[str, Any]:
    """Where a training step is at its fullest, and what lies there beside weights, batch and slots."""
    row, fullest = step.row, step.fullest
    return {
        "phase": "optimizer" if row is None else "backward",
        "layer": row,
        "name": None if row is None else report.rows[row].node.name,
        "kept": fullest.kept,
        "weight_gradients": fullest.weight_gradients,
        "volume_gradients": fullest.volume_gradients,
        "ends": fullest.ends,
        "optimizer_temporary": fullest.temporary,
    }


def _range(span: Span, source: Source) -> dict[str, Any]:
    (line, column), (end_line, end_column) = source.position(span[0]), source.position(max(span))
    return {"start": {"line": line, "column": column}, "end": {"line": end_line, "column": end_column}}


def _inner_path(span: Span, source: Source) -> dict[str, str]:
    """Where in a binary file something stands; a text has lines and columns for that."""
    return {"source_path": source.inner_path(span[0])} if source.open_bytes is not None else {}


def _diagnostic(diagnostic: Diagnostic, source: Source) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "name": rule_name(diagnostic.code),
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "label": diagnostic.label,
        "layer": diagnostic.layer,
        "range": _range(diagnostic.span, source),
        **_inner_path(diagnostic.span, source),
        "notes": list(diagnostic.notes),
        "help": list(diagnostic.help),
        "related": [{"message": r.message, "range": _range(r.span, source)} for r in diagnostic.related],
        "fixes": [
            {
                "title": fix.title,
                "safety": fix.safety,
                "effect": fix.effect
                and {"volumes": fix.effect.volumes, "params": fix.effect.params, "macs": fix.effect.macs},
                "edits": [{"range": _range(e.span, source), "content": e.content} for e in fix.edits],
            }
            for fix in diagnostic.fixes
        ],
    }
