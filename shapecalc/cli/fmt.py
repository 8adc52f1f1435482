"""`shapecalc fmt`: rewrites diagrams in their canonical form, each file at once or not at all."""

from __future__ import annotations

import click

from shapecalc.cli.atomic import is_stream, place
from shapecalc.cli.changed_text import difference, print_text
from shapecalc.cli.named_files import network_files
from shapecalc.cli.networks import print_diagnosed
from shapecalc.cli.refused import say
from shapecalc.cli.values import option
from shapecalc.core.phrases import counted, plural, reason
from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Diagnosed, Source
from shapecalc.formats.discover import is_text
from shapecalc.published import PREFIX


class _Options(Record):
    check: bool
    diff: bool
    stdin_filename: str | None


class _Outcome(Record):
    """What became of a file: whether its text is not canonical, and the exit code it asks for."""

    changed: bool = False
    code: int = 0


@click.command("fmt")
@option("--check", bool, "Change nothing; exit with 1 if a file would change.")
@option("--diff", bool, "Change nothing; print what would change.")
@option("--stdin-filename", "NAME", "What to call standard input ('-').")
@click.argument("paths", nargs=-1, metavar="[FILE…]")
@click.pass_context
def command(
    context: click.Context, check: bool, diff: bool, stdin_filename: str | None, paths: tuple[str, ...]
) -> None:
    """Write diagrams in their canonical form.

    FILE is a diagram; a folder means the networks in it, '-' or nothing standard input, which is written to standard
    output. Names, spacing and the order of arguments become canonical; comments, front matter and line breaks at
    arrows are kept. Listings and YAML configs stay as they are. A file is replaced in one step, and keeps its
    permissions.

    Exit code: 0 written, 1 with --check where a file would change, or a text has errors, 2 usage or unreadable input.
    """
    options = _Options(check, diff, stdin_filename)
    found = network_files(paths)
    outcomes = [_outcome(path, options) for path in found]
    if not all(_is_printed(path) for path in found):
        click.echo(_summary(outcomes, check or diff), err=True)
    would_change = check and any(outcome.changed for outcome in outcomes)
    context.exit(max([int(would_change), *(outcome.code for outcome in outcomes)]))


def _outcome(path: str, options: _Options) -> _Outcome:
    """Formats one file or standard input; what is wrong with it is said here and stops no other file."""
    from shapecalc.formats.sources import read_source

    try:
        source = read_source(path, options.stdin_filename)
    except Diagnosed as problem:
        print_diagnosed(Source(path, ""), problem.diagnostics)
        return _Outcome(code=2)
    try:
        return _Outcome(changed=_format(path, source, options))
    except Diagnosed as problem:
        print_diagnosed(source, problem.diagnostics)
        return _Outcome(code=1)
    except BrokenPipeError:  # nobody reads what is printed: no fault of the file
        raise
    except OSError as problem:
        say(f"error: {path} cannot be written: {reason(problem)}")
        return _Outcome(code=2)


def _format(path: str, source: Source, options: _Options) -> bool:
    """Does what the options say; whether there is anything to change.

    Raises Diagnosed for what does not parse, OSError for what cannot be written.
    """
    from shapecalc.writers.diagram.format import format_text

    if source.open_bytes is not None:
        return False
    if not _is_printed(path):
        # The text as it lies on the disk: line ends and a byte order mark are part of what is compared.
        with open(path, encoding="utf-8", newline="") as file:
            source = Source(source.path, file.read())
    formatted = format_text(source)
    changed = formatted != source.text
    if options.diff:
        print_text(difference(source.path, source.text, formatted))
    if options.check:
        if changed:
            say(f"would change {source.path}")
    elif _is_printed(path) and not options.diff:
        print_text(formatted)
    elif changed and not options.diff:
        place(path, formatted.encode())
        say(f"formatted {source.path}")
    return changed


def _is_printed(path: str) -> bool:
    """Whether the result goes to standard output: there is no file to write to."""
    return path == "-" or path.startswith(PREFIX) or is_text(path) or is_stream(path)


def _summary(outcomes: list[_Outcome], dry: bool) -> str:
    """`1 file formatted, 2 left as they were`, and how many are wrong."""
    changed = sum(outcome.changed for outcome in outcomes)
    failed = sum(outcome.code > 0 for outcome in outcomes)
    same = len(outcomes) - changed - failed
    parts = [f"{counted(changed, 'file')} {'would change' if dry else 'formatted'}"]
    if same:
        parts.append(f"{same} left as {plural(same, 'it was', 'they were')}")
    if failed:
        parts.append(f"{failed} could not be formatted")
    return ", ".join(parts)
