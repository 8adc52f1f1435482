"""`check --fix`: writes fixes into files, one after another, as long as each leaves fewer problems than before."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

import click

from shapecalc.cli.atomic import place
from shapecalc.cli.difference import difference
from shapecalc.cli.say import say
from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Edit, Fix, Source
from shapecalc.passes.report import CheckedNetwork

MOST_ROUNDS = 200
"""Times that fixes are written into one file."""
CLAIMS = "SHP30"
"""How codes begin that are about claims."""

Check = Callable[[Source], list[CheckedNetwork]]
"""A report for every network of a text."""


class FixOptions(Record):
    """What may be written, and whether it is only shown."""

    unsafe: bool = False
    diff: bool = False


def with_fixes(reports: list[CheckedNetwork], options: FixOptions, check: Check) -> list[CheckedNetwork]:
    """The reports of the file as it is once it is fixed; the file is written, or its difference printed.

    Ends the command with 2 where the file cannot be written.
    """
    fixed = _fixed(reports, options, check)
    path, before, after = reports[0].source.path, reports[0].source.text, fixed[0].source.text
    if before == after:
        return reports
    if options.diff:
        click.echo(difference(path, before, after).encode(), nl=False)
        return fixed
    try:
        _write(path, before, after)
    except OSError as problem:
        say(f"error: {path} cannot be written: {(problem.strerror or str(problem)).lower()}")
        raise click.exceptions.Exit(2) from None
    return fixed


def _fixed(reports: list[CheckedNetwork], options: FixOptions, check: Check) -> list[CheckedNetwork]:
    """The reports after all fixes, safe ones first; those of networks that share no layer are written together."""
    refused: set[tuple[Edit, ...]] = set()
    together = True
    for _ in range(MOST_ROUNDS):
        fixes = _next_fixes(reports, options, refused, together=together)
        if not fixes:
            break
        source = reports[0].source
        edits = tuple(edit for fix in fixes.values() for edit in fix.edits)
        tried = check(Source(source.path, Fix("", edits).applied_to(source.text)))
        worse = _not_better(reports, tried, fixes) if together else []
        if not worse and _badness(tried) < _badness(reports):
            reports, refused = tried, set()
        elif any(fixes[number].edits in refused for number in worse if number in fixes):
            together = False
        else:
            refused |= {fixes[number].edits for number in worse if number in fixes} or {edits}
            together = together and all(number in fixes for number in worse)
    return reports


def _next_fixes(
    reports: list[CheckedNetwork], options: FixOptions, refused: set[tuple[Edit, ...]], *, together: bool
) -> dict[int, Fix]:
    """By report its first safe fix; else, where others may be written too, the first fix of a diagnostic.

    One of the first such report alone, unless they are written together.
    """
    for safe in (True, False) if options.unsafe else (True,):
        fixes: dict[int, Fix] = {}
        ends: list[Edit] = []
        for number, report in enumerate(reports):
            found = [d.fixes for d in report.diagnostics if d.fixes]
            wanted = [f for fixed in found for f in fixed if f.safety == "safe"] if safe else [f[0] for f in found]
            fix = next((fix for fix in wanted if fix.edits not in refused), None)
            if fix is None or (fixes and not together) or _overlap(ends, fix.edits):
                continue
            claims = _of_claims(report) if together and not safe else []
            fixes[number] = Fix("", tuple(claims)) if set(fix.edits) < set(claims) - _all(refused) else fix
            ends += fixes[number].edits
        if fixes:
            return fixes
    return {}


def _of_claims(report: CheckedNetwork) -> list[Edit]:
    """The edits that put another figure in place of a claim: no layer is another one then, so all may be written."""
    own = ((d.span, d.fixes[0].edits) for d in report.diagnostics if d.fixes and d.code.startswith(CLAIMS))
    return list(dict.fromkeys(edit for span, edits in own if [e.span for e in edits] == [span] for edit in edits))


def _all(refused: set[tuple[Edit, ...]]) -> set[Edit]:
    return {edit for edits in refused for edit in edits}


def _overlap(edits: list[Edit], others: tuple[Edit, ...]) -> bool:
    """Whether an edit touches a place that another one changes."""
    return any(a.span[0] <= b.span[1] and b.span[0] <= a.span[1] for a in edits for b in others)


def _not_better(before: list[CheckedNetwork], after: list[CheckedNetwork], fixes: dict[int, Fix]) -> list[int]:
    """The networks that have no fewer problems though a fix is written, or more without one."""
    if len(before) != len(after):
        return list(fixes)
    pairs = [(_badness([a]), _badness([b])) for a, b in zip(before, after, strict=True)]
    return [n for n, (old, new) in enumerate(pairs) if not (new < old if n in fixes else new <= old)]


def _badness(reports: list[CheckedNetwork]) -> tuple[bool, int, int, int]:
    """How much is wrong: errors count first, then warnings, then notes.

    A text that reads beats one that does not, whatever is found in it then.
    """
    found = [d.severity for report in reports for d in report.diagnostics]
    unread = any(report.graph is None for report in reports)
    return unread, found.count("error"), found.count("warning"), found.count("note")


def _write(path: str, before: str, after: str) -> None:
    """Puts the text into the file; its line ends and byte order mark stay. Raises OSError."""
    with open(path, "rb") as file:
        data = file.read()
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    raw = data.removeprefix(mark).decode()
    place(path, mark + _in_raw(raw, before, after).encode())


def _in_raw(raw: str, before: str, after: str) -> str:
    """The changed lines of a text put into the same text with its own line ends."""
    from difflib import SequenceMatcher

    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", raw)
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (before, after))
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\r" if lines and lines[0].endswith("\r") else "\n"
    found: list[str] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        found += lines[i:j] if tag == "equal" else [line.replace("\n", end) for line in new[k:m]]
    return "".join(found)
