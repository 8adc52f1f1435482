"""`shapecalc compare`: what differs between networks, and what it comes from."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from shapecalc.cli.git import GitFailed, git
from shapecalc.cli.networks import read, refuse_diagnosed, say_member, write_lines
from shapecalc.cli.option_groups import closing_options, expand_options, shows_unicode
from shapecalc.cli.refused import say, terminal_width
from shapecalc.cli.values import Parsed, one_of, option
from shapecalc.core.record import NamedTuple
from shapecalc.diagnostics.diagnostic import Diagnosed, Source, unreadable
from shapecalc.display import compare_text
from shapecalc.display.compare_text import amount, comparison_object, networks_object
from shapecalc.display.wrapping import markdown, plain
from shapecalc.formats.sources import of_bytes, read_source
from shapecalc.language.figures import Figure, parse_figure
from shapecalc.passes.report import CheckedNetwork
from shapecalc.transforms.compare import IN_BYTES, OF_TOTALS, NetworkComparison, compare


class Limit(NamedTuple):
    """How much larger a figure may be in the second network."""

    key: str
    text: str
    share: float | None
    """Parts of a hundred; None where `most` is the amount."""
    most: Figure | None

    def broken_by(self, a: int | None, b: int | None) -> bool:
        """Whether the increase is too large, or unknown."""
        if a is None or b is None:
            return a != b
        return b - a > (a * self.share / 100 if self.share is not None else self.most.value if self.most else 0)


def _limit(value: str) -> Limit:
    """`params=1%` or `params=100K`. Raises ValueError."""
    key, sign, text = (part.strip() for part in value.partition("="))
    known = (*OF_TOTALS, "field")
    if not sign or key not in known:
        figures = f"figures are {', '.join(known)}"
        raise ValueError(f"'{value}' is not a limit: write one such as params=1% or macs=10M; {figures}")
    if text.endswith("%"):
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?\s*%", text):
            raise ValueError(f"'{text}' is not a share such as 1%")
        return Limit(key, text, float(text[:-1]), None)
    most = parse_figure(text)
    if most.relation not in ("=", "<="):
        raise ValueError(f"a limit is the most that is allowed, such as 10M, and not {text}")
    if most.unit and key not in IN_BYTES:
        raise ValueError(f"{key} is a count, and {text} is bytes")
    return Limit(key, text, None, most)


@click.command()
@click.argument("paths", nargs=-1, metavar="A B [MORE…]", required=True)
@one_of(("text", "markdown", "json"), "--format format_", "How to print it; markdown is for a pull request.")
@option("--output -o", "FILE", "Write to this file instead of standard output.")
@option(
    "--max-increase limits",
    (Parsed("limit", _limit, Limit), "FIGURE=SHARE"),
    "Exit with 1 where B has more of it than A by more than this: params=1%, macs=10M, kept=64MiB.",
    multiple=True,
)
@option("--all every", bool, "Show layers that are the same, too.")
@closing_options
def command(
    paths: tuple[str, ...],
    format_: str,
    output: str | None,
    limits: tuple[Limit, ...],
    every: bool,
    **chosen: Any,
) -> None:
    """Say what differs between two networks, and what it comes from; several are put into one table.

    A and B are files, zoo:NAME, or a file at a git revision: net.net@HEAD~1. Layers are paired by the names that
    their files give them, and between these by kind and volume.

    Exit code: 0, 1 where a limit of --max-increase is broken or a text has errors, 2 usage or unreadable input.
    """
    if len(paths) < 2:
        raise click.UsageError("there is one network, and it takes two to compare")
    if paths.count("-") > 1:
        raise click.UsageError("'-' is standard input, and it can be read once only")
    if len(paths) > 2 and (limits or every):
        raise click.UsageError("--max-increase and --all are for two networks")
    networks = [_checked(path, chosen) for path in paths]
    broken: list[str] = []
    width = None if output else terminal_width()
    if len(networks) > 2:
        lines = _table(networks, format_, width)
    else:
        found = compare(*networks)
        broken = list(_broken(found, limits))
        lines = _compared(found, format_, broken, every=every, width=width)
    write_lines(lines, output)
    for sentence in broken:
        say(f"error: {sentence}")
    sys.exit(1 if broken else 0)


def _compared(
    found: NetworkComparison, format_: str, broken: list[str], *, every: bool, width: int | None
) -> list[str]:
    if format_ == "json":
        return [_json({**comparison_object(found), "broken": broken})]
    if format_ == "markdown":
        return [*compare_text.markdown_lines(found, every=every), *(f"\n**{sentence}**" for sentence in broken)]
    return list(compare_text.text_lines(found, every=every, width=width))


def _table(networks: Sequence[CheckedNetwork], format_: str, width: int | None) -> list[str]:
    """Several networks, a column each."""
    if format_ == "json":
        return [_json(networks_object(networks))]
    rows = compare_text.column_rows(networks)
    return markdown(rows, (0,)) if format_ == "markdown" else plain(rows, (0,), width=width)


def _json(value: dict[str, Any]) -> str:
    from shapecalc.display.json_text import json_text

    return json_text(value, indent=1, unicode=shows_unicode())


def _broken(found: NetworkComparison, limits: Sequence[Limit]) -> Iterator[str]:
    """A sentence for every limit that does not hold."""
    from shapecalc.display.compare_sentences import percent

    totals = found.totals
    for limit in limits:
        a, b = totals[limit.key]
        if limit.broken_by(a, b):
            grown = f" ({percent(a, b)})" if a and b else ""
            both = f"from {amount(limit.key, a)} to {amount(limit.key, b)}{grown}"
            yield f"{limit.key} grows {both}, and --max-increase allows {limit.text}"


def _checked(path: str, chosen: dict[str, Any]) -> CheckedNetwork:
    """The report of a network. Ends the command where there is none: 2 for what cannot be read, else 1."""
    from shapecalc.pipeline import CheckOptions, check

    found = check(read(path, chosen, _source), CheckOptions(expand_options(chosen), fixes=False))
    if found.text_errors or not found.rows:
        refuse_diagnosed(found.source, Diagnosed(*(found.text_errors or found.diagnostics)))
    say_member(path, found.graph, chosen["member"])
    return found


def _source(path: str, stdin_filename: str | None) -> Source:
    """The text of a network, also at a git revision. Raises Diagnosed SHP010."""
    from shapecalc.formats.discover import is_text

    file, at, revision = path.rpartition("@")
    if not at or not file or os.path.lexists(path) or is_text(path) or path.startswith("zoo:"):
        return read_source(path, stdin_filename)
    return _at_revision(path, file, revision)


def _at_revision(path: str, file: str, revision: str) -> Source:
    if not revision or revision.startswith("-"):
        raise unreadable(f"{path} cannot be read: '{revision}' is not a revision of git, such as HEAD~1")
    folder, name = os.path.split(file)
    try:
        return of_bytes(path, git(folder, "cat-file", "blob", f"{revision}:./{name}"))
    except GitFailed as problem:
        raise unreadable(f"{path} cannot be read: {problem}") from None
