"""What commands that print another network share: the options that close a diagram, reading it, and writing text."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import click

from shapecalc.cli.atomic import names_stdout, place
from shapecalc.cli.option_groups import expand_options, shows_unicode
from shapecalc.cli.refused import reaching, say, terminal_width
from shapecalc.core.phrases import listed
from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Source
from shapecalc.expansion.options import Options
from shapecalc.language import syntax
from shapecalc.passes.graph import Graph
from shapecalc.passes.report import UNREADABLE

MOST_NAMED = 8
"""Members of a family that a note lists."""


class Network(Record):
    """A network that was read: its text, its syntax tree, and the graph that the options make of it.

    The tree of a format that gives none has no statements.
    """

    source: Source
    diagram: syntax.Diagram
    graph: Graph
    options: Options


def read(path: str, chosen: dict[str, Any], reader: Callable[[str, str | None], Source] | None = None) -> Source:
    """What is in a file, or what a reader of its own gives. Ends the command with 2 where it cannot be read."""
    from shapecalc.formats.sources import read_source

    try:
        return (reader or read_source)(path, chosen["stdin_filename"])
    except Diagnosed as problem:
        refuse_diagnosed(Source(path, ""), problem)


def read_network(
    path: str, chosen: dict[str, Any], close: Callable[[Source, syntax.Diagram], Source] | None = None
) -> Network:
    """Reads and expands a file. `close` gives open values in its text others, so that there is a graph.

    What is wrong is said on standard error and ends the command: exit code 1 for what the text says,
    2 for a file that cannot be read.
    """
    from shapecalc.formats.read import read_graph

    options = expand_options(chosen)
    source = read(path, chosen)
    try:
        diagram, graph = read_graph(source, options)
        closed = close(source, diagram) if close else source
        if closed is not source:
            _, graph = read_graph(closed, options)
        errors = [d for d in graph.diagnostics if d.severity == "error"]
        if errors:
            raise Diagnosed(*errors)
    except Diagnosed as problem:
        refuse_diagnosed(source.outlined("", problem.files), problem)
    say_member(path, graph, options.member)
    return Network(source.outlined(graph.outline, graph.files), diagram, graph, options)


def say_member(path: str, graph: Graph | None, member: str | None) -> None:
    """Says which network of a family it is, where neither the text nor an option names one."""
    settings = graph.settings if graph else None
    if settings is None or member or settings.member or len(settings.members) < 2:
        return
    first, *others = (name for name, _ in settings.members)
    taken = f"note: {path} has {len(settings.members)} networks, and this is {first}"
    say(f"{taken}; --member takes another: {listed(others, MOST_NAMED)}")


def refuse_same(path: str, output: str | None, what: str) -> None:
    """Raises a usage error when the network that is read would be written over by what is made of it."""
    if output is not None and os.path.exists(path) and os.path.exists(output) and os.path.samefile(path, output):
        raise click.UsageError(f"{output} is the network itself: write the {what} to another file")


def refuse_diagnosed(source: Source, problem: Diagnosed) -> NoReturn:
    """Shows what is wrong with a text, and ends the command: with 2 where that cannot be read, else with 1."""
    print_diagnosed(source, problem.diagnostics)
    unreadable = any(d.code in UNREADABLE for d in problem.diagnostics)
    raise click.exceptions.Exit(2 if unreadable else 1) from None


def print_diagnosed(source: Source, diagnostics: Iterable[Diagnostic], *, color: bool = False) -> None:
    """Shows on standard error what is wrong with a text, and where."""
    from shapecalc.display.excerpt import render

    for diagnostic in diagnostics:
        if diagnostic.severity == "error":
            click.echo(f"{render(diagnostic, source, color=color, width=terminal_width())}\n", err=True, color=True)


def write_lines(lines: Iterable[str], path: str | None = None) -> None:
    """The same with lines; where there is no file, none is a command of CI, and in characters that can be shown."""
    from shapecalc.display.style import as_ascii, inert

    text = "\n".join(lines if path else map(inert, lines)) + "\n"
    write_text(text if path or shows_unicode() else as_ascii(text), path)


def print_answer(format_: str, source: Source, values: dict[str, Any], lines: Iterable[str]) -> None:
    """Prints what was found of a network, as JSON or in lines that fit the terminal."""
    if format_ == "json":
        import json

        network = {"path": source.path, **values}
        click.echo(json.dumps({"version": 1, "networks": [network]}, ensure_ascii=False))
    else:
        from shapecalc.display.wrapping import broken

        write_lines(broken(lines, terminal_width()))


def write_text(text: str, path: str | None) -> None:
    """Prints a text, or puts it into a file. Raises Refused where the file cannot be written."""
    write_bytes(text.encode(), path)


def write_bytes(data: bytes, path: str | None) -> None:
    """Prints bytes, or puts them into a file. Raises Refused where the file cannot be written."""
    if path is None or names_stdout(path):
        click.echo(data, nl=False)
        return
    with reaching("written", path):
        place(path, data)
