"""Checks a file, and keeps of it what is printed and what the exit code needs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from shapecalc.cli.earlier_results import CheckedFile, CheckRun
from shapecalc.cli.project import Wanted
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Severity, Source
from shapecalc.formats.sources import of_bytes, read_source
from shapecalc.passes.report import CheckedNetwork
from shapecalc.pipeline import check_networks, tried_later


def check_and_keep(path: str, wanted: Wanted, run: CheckRun) -> CheckedFile:
    """Checks a file and keeps the result for later runs, under what was really read."""
    chosen, data = run.context.params, run.earlier.data_of(path) if run.earlier else None
    reports = checked(path, wanted, chosen, data)
    shown = reports if chosen["notes"] is not False else [_without_notes(report) for report in reports]
    alone = not run.many and len(reports) == 1
    parts = [[one.part(report, replace(style, alone=alone)) for report in shown] for one, style in run.prints]
    outcome = CheckedFile(parts, exit_code(reports, wanted.fail_on))
    if run.earlier and data is not None and not _reads_others(data) and (key := run.earlier.key.of(path, data)):
        run.earlier.store.put(key, outcome)
    return outcome


def _reads_others(data: bytes) -> bool:
    """Whether the result hangs on other files than this one, as that of a program may: it is not kept."""
    if b"import" not in data or b"\0" in data:
        return False
    from shapecalc.formats.python_program.other_files import takes_in_others

    return takes_in_others(data.decode(errors="replace"))


def checked(path: str, wanted: Wanted, chosen: dict[str, Any], data: bytes | None = None) -> list[CheckedNetwork]:
    """The report of every network in a file, without what a baseline knows; the file is fixed if that is asked for.

    `data` is what is in the file, where that was read already.
    """
    reports = _read_and_checked(path, wanted, chosen, data)
    if not wanted.baseline and not chosen["add_ignores"]:
        return reports
    from shapecalc.cli.known import add_ignores, without_known

    left = without_known(reports, wanted.baseline)
    return add_ignores(left, partial(_again, wanted)) if chosen["add_ignores"] else left


def _again(wanted: Wanted, source: Source) -> list[CheckedNetwork]:
    """The reports of a text that was changed."""
    from shapecalc.cli.known import without_known

    return without_known(check_networks(source, wanted.options), wanted.baseline)


def _read_and_checked(path: str, wanted: Wanted, chosen: dict[str, Any], data: bytes | None) -> list[CheckedNetwork]:
    options, name = wanted.options, chosen["stdin_filename"]
    try:
        source = read_source(path, name) if data is None else replace(of_bytes(path, data), has_folder=True)
    except Diagnosed as problem:
        return [CheckedNetwork(Source(path, ""), path, (), None, problem.diagnostics, None, options.conventions)]
    if not (chosen["fix"] or chosen["diff"]) or source.open_bytes is not None:
        return check_networks(source, options)
    from shapecalc.cli.fix_rounds import with_fixes

    check = partial(check_networks, options=options, tried=False)
    return tried_later(with_fixes(source, check, unsafe=chosen["unsafe_fixes"], diff=chosen["diff"]), options)


_SEVERITIES: tuple[Severity, ...] = ("note", "warning", "error")


def exit_code(reports: Sequence[CheckedNetwork], fail_on: str) -> int:
    """2 for what cannot be read, 1 where something is at least as severe as that, else 0."""
    if not all(report.readable for report in reports):
        return 2
    failing = _SEVERITIES[_SEVERITIES.index(fail_on) :]
    return int(any(severity in failing for report in reports for severity in report.severities))


def _without_notes(report: CheckedNetwork) -> CheckedNetwork:
    return replace(report, diagnostics=tuple(d for d in report.diagnostics if d.severity != "note"))
