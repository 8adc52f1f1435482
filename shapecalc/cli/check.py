"""`shapecalc check`: the table of a network and what is wrong with it."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from typing import Any

import click
from click.core import ParameterSource

from shapecalc.cli.known_options import add_ignores, known_options, without_known, write_baseline
from shapecalc.cli.networks import closing_options, write_text
from shapecalc.cli.options import style, wants_color
from shapecalc.cli.outputs import InOrder, outputs
from shapecalc.cli.project import Wanted, files, wanted_for
from shapecalc.cli.rule_options import rule_options
from shapecalc.cli.say import say
from shapecalc.cli.values import CHECKPOINT, MEMORY
from shapecalc.core.kept import DEVICES
from shapecalc.diagnostics.diagnostic import Diagnosed, Severity, Source
from shapecalc.display.style import Style
from shapecalc.formats.sources import read_source
from shapecalc.passes.optimizers import OPTIMIZERS
from shapecalc.passes.report import DTYPES, CheckedNetwork
from shapecalc.pipeline import CheckOptions, check_networks
from shapecalc.renderers import Render, formats, renderer


@click.command(cls=InOrder)
@click.argument("paths", nargs=-1, metavar="[FILE…]")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(formats()),
    help="How to print the result; text by default. May be given several times, each with an --output.",
)
@click.option(
    "--output", "-o", "outputs", multiple=True, metavar="PATH", help="Write what the --format before it gives."
)
@closing_options
@click.option("--strict", is_flag=True, help="Trimmed padding and assumed values are errors.")
@click.option(
    "--rounding",
    type=click.Choice(["exact", "floor", "ceil"]),
    help="How a quotient that is not an integer is treated; overrides the file.",
)
@rule_options
@known_options
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
@click.option(
    "--freeze",
    metavar="NAMES",
    help="Layers that are not trained: names of layers or blocks, and ranges, such as stem,conv1..conv3.",
)
@click.option(
    "--checkpoint",
    type=CHECKPOINT,
    metavar="every=N|sqrt",
    help="Say what a training step takes that keeps volumes every N layers only and runs the others twice.",
)
@click.option("--amp", is_flag=True, help="Mixed precision: volumes of 2 bytes a value, weights as they are.")
@click.option("--fit", type=MEMORY, metavar="12GiB", help="Say how many images fit into so much memory.")
@click.option(
    "--get",
    "figures",
    multiple=True,
    metavar="PATH",
    help="Print one figure of the JSON report, such as totals.params; may be given several times.",
)
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
@click.option("--notes/--no-notes", default=None, help="Show notes in full, or hide them.")
@click.option("--quiet", "-q", is_flag=True, help="Only what is wrong, no table.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colours; NO_COLOR and FORCE_COLOR are respected.",
)
@click.option("--fix", "fix", is_flag=True, help="Write the safe fixes into the files, and check the result.")
@click.option(
    "--unsafe-fixes", is_flag=True, help="With --fix or --diff: the first fix of every diagnostic, safe ones first."
)
@click.option("--diff", is_flag=True, help="Write nothing; print what --fix would change.")
@click.option("--width", type=click.IntRange(20), help="Columns to print in; that of the terminal by default.")
@click.pass_context
def command(context: click.Context, /, paths: tuple[str, ...], **chosen: Any) -> None:
    """Check networks: volumes, weights, work, memory, and every stride that does not fit.

    FILE is a diagram, a listing or a YAML config; a folder stands for the networks in it, '-' or nothing for standard
    input. The text of a network may stand there itself: shapecalc check 'INPUT => CONV => FC'.

    Exit code: 0 clean, 1 findings at or above --fail-on, 2 usage or unreadable input.
    """
    pairs = outputs(context, chosen)
    if chosen["fit"] is not None and (chosen["figures"] or pairs != [("text", None)]):
        other = "--get" if chosen["figures"] else f"--format {pairs[0][0]}"
        raise click.UsageError(f"--fit and {other} cannot be given together")
    if chosen["unsafe_fixes"] and not (chosen["fix"] or chosen["diff"]):
        raise click.UsageError("--unsafe-fixes says which fixes --fix writes: give --fix too, or --diff to see them")
    if chosen["fix"] and "-" in paths:
        raise click.UsageError("--fix writes into files, and - is standard input: use --diff to see what would change")
    reports, fail_on = _reports(paths, context)
    if chosen["write_baseline"] or chosen["add_ignores"]:
        left = write_baseline(reports, chosen["write_baseline"]) if chosen["write_baseline"] else reports
        _print_errors(left, color=wants_color(str(chosen["color"]), sys.stderr))
        sys.exit(_exit_code(left, fail_on))
    if chosen["figures"] or chosen["fit"] is not None:
        _print_errors(reports, color=wants_color(str(chosen["color"]), sys.stderr))
    if chosen["figures"]:
        _print_figures(reports, chosen["figures"])
    elif chosen["fit"] is not None:
        _print_fit(reports, chosen["fit"])
    else:
        shown = reports if chosen["notes"] is not False else [_without_notes(report) for report in reports]
        for format_, path in pairs:
            _write(renderer(format_), shown, style(chosen), path)
    sys.exit(_exit_code(reports, fail_on))


def _reports(paths: tuple[str, ...], context: click.Context) -> tuple[list[CheckedNetwork], list[str]]:
    """The report of every network, without what a baseline knows, and from which severity on each fails."""
    reports: list[CheckedNetwork] = []
    fail_on: list[str] = []
    for path in files(paths, context):
        wanted = wanted_for(path, context)
        checked = without_known(_check_path(path, wanted.options, context.params), wanted.baseline)
        if context.params["add_ignores"]:
            checked = add_ignores(checked, partial(_again, wanted))
        reports += checked
        fail_on += [wanted.fail_on] * len(checked)
    return reports, fail_on


def _again(wanted: Wanted, source: Source) -> list[CheckedNetwork]:
    """The reports of a text that was changed."""
    return without_known(check_networks(source, wanted.options), wanted.baseline)


def _check_path(path: str, options: CheckOptions, chosen: dict[str, object]) -> list[CheckedNetwork]:
    name = chosen["stdin_filename"]
    try:
        source = read_source(path, str(name) if name else None)
    except Diagnosed as problem:
        return [CheckedNetwork(Source(path, ""), path, (), None, problem.diagnostics, None, options.conventions)]
    reports = check_networks(source, options)
    if (chosen["fix"] or chosen["diff"]) and source.open_bytes is None:
        from shapecalc.cli.fixing import FixOptions, with_fixes

        how = FixOptions(bool(chosen["unsafe_fixes"]), bool(chosen["diff"]))
        return with_fixes(reports, how, lambda changed: check_networks(changed, options))
    return reports


_SEVERITIES: tuple[Severity, ...] = ("note", "warning", "error")


def _exit_code(reports: list[CheckedNetwork], fail_on: list[str]) -> int:
    if not all(report.readable for report in reports):
        return 2
    return int(any(map(_fails, reports, fail_on)))


def _fails(report: CheckedNetwork, fail_on: str) -> bool:
    failing = _SEVERITIES[_SEVERITIES.index(fail_on) :]
    return any(d.severity in failing for d in report.diagnostics)


def _print_errors(reports: list[CheckedNetwork], *, color: bool) -> None:
    """What is wrong goes to standard error, so that standard output has the figure and nothing else."""
    from shapecalc.display.excerpt import render

    for report in reports:
        for diagnostic in report.diagnostics:
            if diagnostic.severity == "error":
                click.echo(render(diagnostic, report.source, color=color), err=True, color=True)


def _print_figures(reports: list[CheckedNetwork], paths: tuple[str, ...]) -> None:
    """Prints every figure in a line of its own. Raises UsageError where the report has no such figure."""
    from shapecalc.cli.figure import figure_at

    for report in reports:
        for value in [figure_at(report, path) for path in paths]:
            say(f"{report.source.path}: {value}" if len(reports) > 1 else value, err=False)


def _print_fit(reports: list[CheckedNetwork], memory: int) -> None:
    from shapecalc.display.fit_text import fit_lines

    given = click.get_current_context().get_parameter_source("batch") is ParameterSource.COMMANDLINE
    for report in reports:
        for line in fit_lines(report, memory, report.conventions.batch if given else None):
            say(line, err=False)


def _write(render: Render, shown: list[CheckedNetwork], style: Style, path: str | None) -> None:
    """Prints what a renderer gives, or puts it into a file, without colours and as wide as it likes."""
    if path is None:
        click.echo(render(shown, style), nl=False, color=True)
    else:
        write_text(render(shown, replace(style, color=False, width=None, unicode=True)), path)


def _without_notes(report: CheckedNetwork) -> CheckedNetwork:
    return replace(report, diagnostics=tuple(d for d in report.diagnostics if d.severity != "note"))
