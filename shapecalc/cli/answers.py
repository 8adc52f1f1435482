"""What `check` prints instead of a report: single figures, how many images fit, what a baseline or comments leave."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import click
from click.core import ParameterSource

from shapecalc.cli.checking import checked, exit_code
from shapecalc.cli.known import write_baseline
from shapecalc.cli.networks import print_diagnosed
from shapecalc.cli.option_groups import wants_color
from shapecalc.cli.project import wanted_for
from shapecalc.cli.refused import say, terminal_width
from shapecalc.diagnostics.spelling import did_you_mean
from shapecalc.passes.report import CheckedNetwork, Report


def answer(paths: Sequence[str], context: click.Context) -> int:
    """Checks the files, and answers what is asked for; the exit code."""
    chosen = context.params
    tasks = [(path, wanted_for(path, context)) for path in paths]
    done = [(report, wanted.fail_on) for path, wanted in tasks for report in checked(path, wanted, chosen)]
    left = answered([report for report, _ in done], chosen)
    return max((exit_code([r], fail_on) for r, (_, fail_on) in zip(left, done, strict=True)), default=0)


def answered(reports: list[CheckedNetwork], chosen: dict[str, Any]) -> list[CheckedNetwork]:
    """Prints or writes what is asked for; the reports that the exit code is about. Errors go to standard error."""
    left = write_baseline(reports, chosen["write_baseline"]) if chosen["write_baseline"] else reports
    for report in left:
        print_diagnosed(report.source, report.diagnostics, color=wants_color(str(chosen["color"]), sys.stderr))
    if chosen["write_baseline"] or chosen["add_ignores"]:
        return left
    if chosen["figures"]:
        _print_figures(reports, chosen["figures"])
    else:
        _print_fit(reports, chosen["fit"])
    return left


def _print_figures(reports: list[CheckedNetwork], paths: tuple[str, ...]) -> None:
    """Prints every figure in a line of its own. Raises UsageError where the report has no such figure."""
    for report in reports:
        for value in [figure_at(report, path) for path in paths]:
            say(f"{report.source.path}: {value}" if len(reports) > 1 else value, err=False)


def _print_fit(reports: list[CheckedNetwork], memory: int) -> None:
    from shapecalc.display.fit_text import fit_lines
    from shapecalc.display.wrapping import broken

    given = click.get_current_context().get_parameter_source("batch") is ParameterSource.COMMANDLINE
    for report in reports:
        lines = fit_lines(report, memory, report.conventions.batch if given else None)
        for line in broken(lines, terminal_width()):
            say(line, err=False)


# --- figures ----------------------------------------------------------------------------------------


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
            inside = next((part for part in ("totals", "layers") if not walked and step in _choices(value[part])), "")
            hint = did_you_mean(step, list(choices), f"there is {', '.join(list(choices)[:12])}")
            hint = f"did you mean '{inside}.{path}'?" if inside else hint
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
