"""`check --fix`: writes fixes into a file, or shows what it would write."""

from __future__ import annotations

import click

from shapecalc.cli.changed_text import write_changed
from shapecalc.cli.difference import difference
from shapecalc.cli.fix_rounds import Check, all_fixed
from shapecalc.cli.refused import say
from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.passes.report import CheckedNetwork


class FixOptions(Record):
    """What may be written, and whether it is only shown."""

    unsafe: bool = False
    diff: bool = False


def with_fixes(source: Source, options: FixOptions, check: Check) -> list[CheckedNetwork]:
    """The reports of the file as it is once it is fixed; the file is written, or its difference printed.

    `check` tries no fixes: they are tried here. Raises Refused where the file cannot be written.
    """
    reports, is_all = all_fixed(check(source), check, unsafe=options.unsafe)
    if not is_all:
        say(f"note: {source.path} has more fixes: run it once more to write them")
    fixed = reports[0].source.text
    if options.diff:
        click.echo(difference(source.path, source.text, fixed).encode(), nl=False)
    elif fixed != source.text:
        write_changed(source, fixed)
    return reports
