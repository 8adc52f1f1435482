"""One network as an object of the JSON report. Lines and columns count from 1 in code points, ends exclusive."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnostic, Source, Span
from shapecalc.display.json_text import json_text
from shapecalc.display.layer_json import fields_of, inner_path, layer_texts
from shapecalc.passes.memory import lecture_memory
from shapecalc.passes.other_tools import TOOLS, as_counted_by, work
from shapecalc.passes.report import Report, Totals
from shapecalc.passes.step_memory import CheckpointedStep, StepMemory
from shapecalc.rules.catalogue import rule_name


def network_object(report: Report) -> dict[str, Any]:
    """One network as it is under `networks`."""
    from json import loads

    found: dict[str, Any] = loads(network_text(report, unicode=True))
    return found


def network_text(report: Report, *, unicode: bool) -> str:
    """The same as text without spaces."""
    head, tail = json_text(_head(report), unicode=unicode), json_text(_tail(report), unicode=unicode)
    layers = ",".join(layer_texts(report, unicode=unicode))
    return f'{head[:-1]},"layers":[{layers}],{tail[1:]}'


def _head(report: Report) -> dict[str, Any]:
    return {
        "path": report.source.path,
        "name": report.name,
        "ok": report.ok,
        "conventions": {
            **fields_of(report.conventions, "batch dtype optimizer device"),
            "foreach": report.conventions.all_at_once,
            **fields_of(report.conventions, "weight_decay amp"),
        },
        "errata": [e.to_dict() for e in (report.graph.settings.errata if report.graph else ())],
    }


def _tail(report: Report) -> dict[str, Any]:
    return {
        "totals": _totals(report.totals, report) if report.totals else None,
        "diagnostics": [_diagnostic(d, report.source) for d in report.diagnostics],
    }


def _totals(totals: Totals, report: Report) -> dict[str, Any]:
    counts = work(report.rows, report.conventions.batch)
    return {
        **fields_of(totals, "layers unknown weights biases params trainable buffers macs flops activations"),
        "memory": _memory(totals, report),
        "work": counts,
        "counted_by": {tool: as_counted_by(counts, tool) for tool in TOOLS} if counts else None,
    }


def _memory(totals: Totals, report: Report) -> dict[str, Any]:
    memory, step = totals.memory, totals.memory.step
    return {
        **fields_of(memory, "parameters forward kept training inference_peak"),
        **fields_of(step, "weights batch slots weight_gradients"),
        "volume_gradients": step and step.moment.volume_gradients,
        **fields_of(step, "ends optimizer_temporary backward_peak optimizer_peak"),
        "peak": step and _peak(step, report),
        "checkpointed": memory.checkpointed and _checkpointed(memory.checkpointed, report),
        "counted_by": lecture_memory(memory, report.conventions, totals.trainable or 0),
    }


def _checkpointed(found: CheckpointedStep, report: Report) -> dict[str, Any]:
    return {
        **fields_of(found, "every segments kept"),
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
        **fields_of(fullest, "kept weight_gradients volume_gradients ends"),
        "optimizer_temporary": fullest.temporary,
    }


def _range(span: Span, source: Source) -> dict[str, Any]:
    (line, column), (end_line, end_column) = source.position(span[0]), source.position(max(span))
    return {"start": {"line": line, "column": column}, "end": {"line": end_line, "column": end_column}}


def _diagnostic(diagnostic: Diagnostic, source: Source) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "name": rule_name(diagnostic.code),
        **fields_of(diagnostic, "severity message label layer"),
        "range": _range(diagnostic.span, source),
        **inner_path(diagnostic.span, source),
        "notes": list(diagnostic.notes),
        "help": list(diagnostic.help),
        "related": [{"message": r.message, "range": _range(r.span, source)} for r in diagnostic.related],
        "fixes": [
            {
                **fields_of(fix, "title safety"),
                "effect": fix.effect and fields_of(fix.effect, "volumes params macs"),
                "edits": [{"range": _range(e.span, source), "content": e.content} for e in fix.edits],
            }
            for fix in diagnostic.fixes
        ],
    }
