"""What `check` does about what is known already: --baseline, --write-baseline, --add-ignores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import click

from shapecalc.cli.atomic import place
from shapecalc.cli.refused import Refused
from shapecalc.core.phrases import counted
from shapecalc.passes.report import CheckedNetwork

Command = TypeVar("Command", bound=Callable[..., Any])


def known_options(command: Command) -> Command:
    """Adds the options to a command."""
    for option in reversed(
        (
            click.option("--baseline", metavar="PATH", help="Report only what is not in this baseline."),
            click.option("--write-baseline", metavar="PATH", help="Write what is reported to a baseline."),
            click.option("--add-ignores", is_flag=True, help="Write comments that ignore errors and warnings."),
        )
    ):
        command = option(command)
    return command


def without_known(reports: Sequence[CheckedNetwork], baselines: Sequence[str | None]) -> list[CheckedNetwork]:
    """The reports without what the baseline of each knows. Raises Refused where one cannot be read."""
    if not any(baselines):
        return list(reports)
    from shapecalc.suppressions.baseline import without_known as left_of

    found = list(reports)
    for path in dict.fromkeys(filter(None, baselines)):
        known = _read(path)
        places = [i for i, baseline in enumerate(baselines) if baseline == path]
        for i, report in zip(places, left_of([found[i] for i in places], known, path), strict=True):
            found[i] = report
    return found


def _read(path: str) -> Any:
    from shapecalc.suppressions.baseline import read_baseline

    try:
        with open(path, encoding="utf-8") as file:
            return read_baseline(file.read())
    except OSError as problem:
        raise Refused(f"the baseline {path} cannot be read: {(problem.strerror or str(problem)).lower()}") from None
    except ValueError as problem:
        raise Refused(f"the baseline {path} cannot be read: {problem}") from None


def write_baseline(reports: Sequence[CheckedNetwork], path: str) -> list[CheckedNetwork]:
    """Writes what is reported to a file; the reports with what cannot be taken up. Raises Refused."""
    from shapecalc.rules.selection import is_locked
    from shapecalc.suppressions.baseline import baseline_text

    text, number = baseline_text(reports, path)
    _write(path, text)
    click.echo(f"{counted(number, 'diagnostic')} written to {path}", err=True)
    return [replace(r, diagnostics=tuple(d for d in r.diagnostics if is_locked(d))) for r in reports]


def add_ignores(reports: Sequence[CheckedNetwork]) -> list[CheckedNetwork]:
    """Writes comments into the files; the reports with what cannot be ignored. Raises Refused."""
    from shapecalc.rules.selection import is_locked
    from shapecalc.suppressions.add_ignores import with_ignores

    left = []
    for report in reports:
        wanted = [d for d in report.diagnostics if d.severity != "note"]
        text, number = with_ignores(report.source, wanted)
        if number:
            _write(report.source.path, text)
            click.echo(f"{counted(number, 'diagnostic')} ignored in {report.source.path}", err=True)
        left.append(replace(report, diagnostics=tuple(d for d in wanted if is_locked(d))))
    return left


def _write(path: str, text: str) -> None:
    try:
        place(path, text.encode())
    except OSError as problem:
        raise Refused(f"{path} cannot be written: {(problem.strerror or str(problem)).lower()}") from None
