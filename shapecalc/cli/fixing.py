"""`check --fix`: writes fixes into a file, or shows what it would write."""

from __future__ import annotations

import codecs
import re

import click

from shapecalc.cli.atomic import place
from shapecalc.cli.difference import difference
from shapecalc.cli.fix_rounds import Check, all_fixed
from shapecalc.cli.refused import reaching, say
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
        with reaching("written", source.path):
            _write(source.path, source.text, fixed)
    return reports


def _write(path: str, before: str, after: str) -> None:
    """Puts the text into the file; its line ends and byte order mark stay. Raises OSError."""
    with open(path, "rb") as file:
        data = file.read()
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    raw = data.removeprefix(mark).decode()
    place(path, mark + _in_raw(raw, before, after).encode())


def _in_raw(raw: str, before: str, after: str) -> str:
    """The changed lines of a text put into the same text with its own line ends."""
    ends = re.findall(r"\r\n|\r|\n", raw) or ["\n"]
    if len(set(ends)) == 1:
        return after.replace("\n", ends[0])
    from difflib import SequenceMatcher

    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (before, after))
    found: list[str] = []
    for _, i, j, k, m in SequenceMatcher(None, old, new).get_opcodes():
        own = ends[i:j] + ends[:1] * (m - k)  # a line that is new ends as the first one does
        found += [line.replace("\n", end) for line, end in zip(new[k:m], own, strict=False)]
    return "".join(found)
