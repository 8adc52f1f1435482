"""`--get totals.params`: one figure of the JSON report, for scripts."""

from __future__ import annotations

import json
from typing import Any

import click

from shapecalc.diagnostics.spelling import did_you_mean
from shapecalc.passes.report import Report


def figure_at(report: Report, path: str) -> str:
    """The value at a dotted path; layers go by name or index (`layers.conv1.output`).

    Whatever is looked for in a part that is unknown, or in a network that could not be read, is unknown too.
    Raises UsageError that says what there is at the last step that exists.
    """
    from shapecalc.display.network_json import network_object

    value: Any = network_object(report)
    walked: list[str] = []
    for step in path.split("."):
        choices = _choices(value)
        if value is None or (step not in choices and report.totals is None):
            return "unknown"
        if step not in choices:
            where = ".".join(walked) or "the report"
            hint = did_you_mean(step, list(choices), f"there is {', '.join(list(choices)[:12])}")
            raise click.UsageError(f"{where} has no '{step}'{f'; {hint}' if choices else ''}")
        value = choices[step]
        walked.append(step)
    if value is None:
        return "unknown"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _choices(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {str(k): v for k, v in value.items()}
    if isinstance(value, list):
        by_index = {str(i): v for i, v in enumerate(value)}
        by_name = {v["name"]: v for v in value if isinstance(v, dict) and "name" in v}
        return {**by_index, **by_name}
    return {}
