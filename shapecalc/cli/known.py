"""What `check` does about what is known already: --baseline, --write-baseline, --add-ignores."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from shapecalc.cli.atomic import place
from shapecalc.cli.changed_text import write_changed
from shapecalc.cli.refused import Refused, reaching, refusing, say
from shapecalc.configuration.search import bytes_of
from shapecalc.core.phrases import counted
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.passes.report import CheckedNetwork
from shapecalc.suppressions.baseline import baseline_text, read_baseline
from shapecalc.suppressions.baseline import without_known as left_of

Again = Callable[[Source], list[CheckedNetwork]]


def without_known(reports: list[CheckedNetwork], baseline: str | None) -> list[CheckedNetwork]:
    """The reports without what a baseline knows. Raises Refused where it cannot be read."""
    if baseline is None:
        return reports

    return left_of(reports, _read(baseline), baseline)


@cache
def _read(path: str) -> Any:
    said = f"the baseline {path} cannot be read"
    with refusing(ValueError, of=said), reaching("read", f"the baseline {path}"):
        return read_baseline(bytes_of(path).decode())


def write_baseline(reports: Sequence[CheckedNetwork], path: str) -> list[CheckedNetwork]:
    """Writes what is reported to a file; the reports with what cannot be taken up. Raises Refused."""
    from shapecalc.rules.catalogue import is_locked

    text, number = baseline_text(reports, path)
    with reaching("written", path):
        # A path that is no UTF-8 is escaped as JSON has it, and is the same path when it is read.
        place(path, text.encode("utf-8", "backslashreplace"))
    say(f"{counted(number, 'diagnostic')} written to {path}")
    return [replace(r, diagnostics=tuple(d for d in r.diagnostics if is_locked(d))) for r in reports]


def forget_baselines() -> None:
    """Reads them again when they are needed next."""
    _read.cache_clear()


MOST_ROUNDS = 20
"""How often a text is checked again: what follows from a diagnostic is reported once that is ignored."""


def add_ignores(reports: Sequence[CheckedNetwork], again: Again) -> list[CheckedNetwork]:
    """Writes comments into a file, given all its reports; the reports that are left. Raises Refused."""
    from shapecalc.suppressions.directives import with_ignores

    source, left, number = reports[0].source, list(reports), 0
    for _ in range(MOST_ROUNDS):
        text, more = with_ignores(source, [d for r in left for d in r.diagnostics if d.severity != "note"])
        if not more:
            break
        source, number = replace(source, text=text), number + more
        left = again(source)
        if not all(r.rows for r in left) and all(r.rows for r in reports):
            raise Refused(f"{source.path} cannot have comments", help="write a baseline with --write-baseline")
    if number:
        if not os.path.isfile(source.path):
            raise Refused(f"{source.path} is not a file: --add-ignores writes into files")
        write_changed(reports[0].source, source.text)
        say(f"{counted(number, 'diagnostic')} ignored in {source.path}")
    return left
