"""What became of every file: as an earlier run has left it, or by checking it, here or in several processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from shapecalc.cli.earlier_results import CheckedFile, CheckRun, Earlier, Print
from shapecalc.cli.parallel import ENOUGH, in_order

if TYPE_CHECKING:
    from shapecalc.cli.project import Wanted
    from shapecalc.display.style import Style

_WRITING = ("fix", "diff", "add_ignores")
"""Options that ask for more than a report, and may change the file."""


def _outcome(run: CheckRun, item: tuple[str, str | None, Wanted | None]) -> CheckedFile:
    """What became of a file with a key, if it has one, and how it is to be checked, if that is known by now."""
    path, key, wanted = item
    if run.earlier and key and (known := run.earlier.store.get(key)):
        return CheckedFile(*known)
    from shapecalc.cli.checking import check_and_keep
    from shapecalc.cli.project import wanted_for

    return check_and_keep(path, wanted or wanted_for(path, run.context), run)


def _earlier(context: click.Context, styles: Sequence[tuple[str, Style]], *, many: bool) -> Earlier | None:
    """The results of earlier runs; None where they are not asked for, or cannot be kept."""
    if context.params["no_cache"] or any(context.params[name] for name in _WRITING):
        return None
    from shapecalc.cli.result_key import run_key
    from shapecalc.cli.result_store import open_store

    store = open_store()
    return Earlier(store, run_key(context, styles, many=many)) if store else None


def outcomes(
    paths: Sequence[str], context: click.Context, prints: Sequence[Print], names: Sequence[str]
) -> Iterator[CheckedFile]:
    """What became of every file, in order; many that are not known yet are shared out to several processes.

    `prints` are the formats, `names` what they are called. Raises UsageError for a configuration that is wrong, before
    anything is printed.
    """
    chosen, many = context.params, len(paths) > 1
    earlier = _earlier(context, list(zip(names, [style for _, style in prints], strict=True)), many=many)
    keys = [earlier.key_of(path) if earlier else None for path in paths]
    missing = {path for path, key in zip(paths, keys, strict=True) if not (earlier and key and earlier.store.has(key))}
    wanted: dict[str, Wanted] = {}
    if missing:
        from shapecalc.cli.project import wanted_for

        wanted = {path: wanted_for(path, context) for path in paths if path in missing}
    alone = len(missing) < ENOUGH or "-" in missing or any(chosen[name] for name in _WRITING)
    run = CheckRun(context, prints, many, earlier)
    items = [(path, key, wanted.get(path)) for path, key in zip(paths, keys, strict=True)]
    return in_order(partial(_outcome, run), items, 1 if alone else chosen["jobs"])
