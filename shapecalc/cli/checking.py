"""Checks files one by one, or several at a time, and keeps of each what is printed and what the exit code needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import click

from shapecalc.cli.known_options import add_ignores, without_known
from shapecalc.cli.parallel import in_order
from shapecalc.cli.project import Wanted, files, wanted_for
from shapecalc.diagnostics.diagnostic import Diagnosed, Severity, Source
from shapecalc.display.style import Style
from shapecalc.formats.sources import read_source
from shapecalc.passes.report import CheckedNetwork
from shapecalc.pipeline import check_networks
from shapecalc.renderers import OutputFormat

Print = tuple[OutputFormat, Style]


class Task(NamedTuple):
    """A file to check, and how."""

    path: str
    wanted: Wanted


class CheckedFile(NamedTuple):
    """A file that was checked, in plain values."""

    parts: list[list[Any]]
    """For every output what its format has to say of each network."""
    code: int
    """The exit code if there were no other file."""


def tasks(paths: Sequence[str], context: click.Context) -> list[Task]:
    """The files to check. Raises UsageError for a configuration that is wrong, before anything is printed."""
    return [Task(path, wanted_for(path, context)) for path in files(paths, context)]


def outcomes(work: Sequence[Task], prints: Sequence[Print], chosen: dict[str, Any]) -> Iterator[CheckedFile]:
    """What became of every file, in order; many files are shared out to several processes."""
    writes = any(chosen[name] for name in ("fix", "diff", "add_ignores"))
    alone = writes or any(task.path == "-" for task in work)
    function: Callable[[Task], CheckedFile] = partial(_outcome, prints=prints, chosen=chosen, many=len(work) > 1)
    yield from in_order(function, work, 1 if alone else chosen["jobs"])


def _outcome(task: Task, *, prints: Sequence[Print], chosen: dict[str, Any], many: bool) -> CheckedFile:
    reports = checked(task, chosen)
    shown = reports if chosen["notes"] is not False else [_without_notes(report) for report in reports]
    alone = not many and len(reports) == 1
    parts = [[one.part(report, replace(style, alone=alone)) for report in shown] for one, style in prints]
    return CheckedFile(parts, exit_code(reports, task.wanted.fail_on))


def checked(task: Task, chosen: dict[str, Any]) -> list[CheckedNetwork]:
    """The report of every network in a file, without what a baseline knows; the file is fixed if that is asked for."""
    wanted = task.wanted
    reports = without_known(_read_and_checked(task, chosen), wanted.baseline)
    return add_ignores(reports, partial(_again, wanted)) if chosen["add_ignores"] else reports


def _again(wanted: Wanted, source: Source) -> list[CheckedNetwork]:
    """The reports of a text that was changed."""
    return without_known(check_networks(source, wanted.options), wanted.baseline)


def _read_and_checked(task: Task, chosen: dict[str, Any]) -> list[CheckedNetwork]:
    path, options, name = task.path, task.wanted.options, chosen["stdin_filename"]
    try:
        source = read_source(path, str(name) if name else None)
    except Diagnosed as problem:
        return [CheckedNetwork(Source(path, ""), path, (), None, problem.diagnostics, None, options.conventions)]
    reports = check_networks(source, options)
    if (chosen["fix"] or chosen["diff"]) and source.open_bytes is None:
        from shapecalc.cli.fixing import FixOptions, with_fixes

        how = FixOptions(bool(chosen["unsafe_fixes"]), bool(chosen["diff"]))
        return with_fixes(reports, how, lambda changed: check_networks(changed, options))
    return reports


_SEVERITIES: tuple[Severity, ...] = ("note", "warning", "error")


def exit_code(reports: Sequence[CheckedNetwork], fail_on: str) -> int:
    """2 for what cannot be read, 1 where something is at least as severe as that, else 0."""
    if not all(report.readable for report in reports):
        return 2
    failing = _SEVERITIES[_SEVERITIES.index(fail_on) :]
    return int(any(severity in failing for report in reports for severity in report.severities))


def _without_notes(report: CheckedNetwork) -> CheckedNetwork:
    return replace(report, diagnostics=tuple(d for d in report.diagnostics if d.severity != "note"))
