"""`shapecalc check`: the table of a network and what is wrong with it."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import click

from shapecalc.cli.networks import closing_options
from shapecalc.cli.options import expand_options, style, wants_color
from shapecalc.cli.rule_options import rule_options, words
from shapecalc.cli.say import say
from shapecalc.cli.values import MEMORY
from shapecalc.core.kept import DEVICES
from shapecalc.diagnostics.diagnostic import Diagnosed, Severity, Source
from shapecalc.formats.discover import find_networks
from shapecalc.formats.sources import read_source
from shapecalc.passes.optimizers import OPTIMIZERS
from shapecalc.passes.report import DTYPES, Conventions, Report
from shapecalc.pipeline import CheckOptions, check_networks
from shapecalc.renderers import formats, renderer
from shapecalc.rules.selection import Selection, UnknownRule, in_force


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE…")
@click.option(
    "--format",
    "format_",
    type=click.Choice(formats()),
    default="text",
    show_default=True,
    help="How to print the result.",
)
@closing_options
@click.option("--strict", is_flag=True, help="Trimmed padding and assumed values are errors.")
@click.option(
    "--rounding",
    type=click.Choice(["exact", "floor", "ceil"]),
    help="How a quotient that is not whole is treated, whatever the file says.",
)
@rule_options
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note"]),
    default="error",
    show_default=True,
    help="The lowest severity that makes the exit code 1.",
)
@click.option(
    "--batch",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Images at once, for memory and MACs.",
)
@click.option("--dtype", type=click.Choice(list(DTYPES)), default="float32", show_default=True, help="Type of a value.")
@click.option(
    "--optimizer",
    type=click.Choice(list(OPTIMIZERS)),
    default="momentum",
    show_default=True,
    help="For the memory of training.",
)
@click.option("--device", type=click.Choice(DEVICES), default="cpu", show_default=True, help="Where training runs.")
@click.option(
    "--foreach/--no-foreach",
    default=None,
    help="The optimizer updates all weights at once, or array by array; by default at once on cuda alone.",
)
@click.option("--weight-decay", is_flag=True, help="The optimizer decays weights, which takes memory of its own.")
@click.option("--amp", is_flag=True, help="Mixed precision: volumes of 2 bytes a value, weights as they are.")
@click.option("--fit", type=MEMORY, metavar="12GiB", help="Say how many images fit into so much memory.")
@click.option("--get", "figure", metavar="PATH", help="Print one figure of the JSON report, such as totals.params.")
@click.option(
    "--layout",
    type=click.Choice(["whd", "hwc", "chw"]),
    default="whd",
    show_default=True,
    help="Order of the sizes in the table.",
)
@click.option("--columns", metavar="A,B,…", help="Columns of the table, in order.")
@click.option(
    "--units",
    type=click.Choice(["iec", "si"]),
    default="iec",
    show_default=True,
    help="MiB (2^20) or MB (10^6).",
)
@click.option("--expand", "unfold", is_flag=True, help="Write repeated rows out instead of folding them.")
@click.option("--notes", is_flag=True, help="Show notes in full.")
@click.option("--quiet", "-q", is_flag=True, help="Only what is wrong, no table.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colours; NO_COLOR and FORCE_COLOR are respected.",
)
@click.option("--width", type=click.IntRange(20), help="Columns to print in; that of the terminal by default.")
def command(paths: tuple[str, ...], format_: str, **chosen: Any) -> None:
    """Check networks: volumes, weights, work, memory, and every stride that does not fit.

    FILE is a diagram, a listing or a YAML config; a folder stands for the networks in it, '-' for standard input.

    Exit code: 0 clean, 1 findings at or above --fail-on, 2 usage or unreadable input.
    """
    options = CheckOptions(
        expand_options(chosen),
        _conventions(chosen),
        bool(chosen["strict"]),
        chosen["rounding"],
        _selection(chosen),
    )
    if chosen["fit"] is not None and (chosen["figure"] or format_ != "text"):
        other = "--get" if chosen["figure"] else f"--format {format_}"
        raise click.UsageError(f"--fit and {other} cannot be given together")
    reports = [report for path in _files(paths) for report in _check_path(path, options, chosen)]
    if chosen["figure"] or chosen["fit"] is not None:
        _print_errors(reports, color=wants_color(str(chosen["color"]), sys.stderr))
    if chosen["figure"]:
        _print_figure(reports, str(chosen["figure"]))
    elif chosen["fit"] is not None:
        _print_fit(reports, int(str(chosen["fit"])))
    else:
        click.echo(renderer(format_)(reports, style(chosen)), nl=False, color=True)
    sys.exit(_exit_code(reports, str(chosen["fail_on"])))


def _selection(chosen: dict[str, Any]) -> Selection:
    """Raises UsageError for a word that is no rule."""
    selection = Selection(words(chosen["select"]), words(chosen["ignore"]), bool(chosen["preview"]))
    if chosen["ruleset"]:
        selection = replace(selection, ruleset=chosen["ruleset"])
    try:
        in_force(selection)
    except UnknownRule as problem:
        raise click.UsageError(str(problem)) from None
    return selection


def _conventions(chosen: dict[str, Any]) -> Conventions:
    """Under which assumptions figures are given. Raises UsageError for --amp with another type than float32."""
    if chosen["amp"] and chosen["dtype"] != "float32":
        raise click.UsageError(
            f"--amp keeps weights in float32, and --dtype asks for {chosen['dtype']}: give one of them"
        )
    return Conventions(
        batch=chosen["batch"],
        dtype=chosen["dtype"],
        optimizer=chosen["optimizer"],
        device=chosen["device"],
        foreach=chosen["foreach"],
        weight_decay=chosen["weight_decay"],
        amp=chosen["amp"],
    )


def _files(paths: tuple[str, ...]) -> list[str]:
    files = list(find_networks(paths))
    if not files:
        raise click.UsageError(f"there are no networks (*.net, *.net.yaml) in {', '.join(paths)}")
    return files


def _check_path(path: str, options: CheckOptions, chosen: dict[str, object]) -> list[Report]:
    name = chosen["stdin_filename"]
    try:
        source = read_source(path, str(name) if name else None)
    except Diagnosed as problem:
        return [Report(Source(path, ""), path, (), None, problem.diagnostics, None, options.conventions)]
    return check_networks(source, options)


_SEVERITIES: tuple[Severity, ...] = ("note", "warning", "error")


def _exit_code(reports: list[Report], fail_on: str) -> int:
    if not all(report.readable for report in reports):
        return 2
    failing = _SEVERITIES[_SEVERITIES.index(fail_on) :]
    return int(any(d.severity in failing for report in reports for d in report.diagnostics))


def _print_errors(reports: list[Report], *, color: bool) -> None:
    """What is wrong goes to standard error, so that standard output has the figure and nothing else."""
    from shapecalc.display.excerpt import render

    for report in reports:
        for diagnostic in report.diagnostics:
            if diagnostic.severity == "error":
                click.echo(render(diagnostic, report.source, color=color), err=True, color=True)


def _print_figure(reports: list[Report], path: str) -> None:
    """Prints one figure a network. Raises UsageError where the report has no such figure."""
    from shapecalc.cli.figure import figure_at

    for report in reports:
        value = figure_at(report, path)
        say(f"{report.source.path}: {value}" if len(reports) > 1 else value, err=False)


def _print_fit(reports: list[Report], memory: int) -> None:
    from shapecalc.display.fit_text import fit_lines

    for report in reports:
        for line in fit_lines(report, memory):
            say(line, err=False)
