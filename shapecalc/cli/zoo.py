"""`shapecalc zoo`: the published networks that ship with shapecalc."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from shapecalc.cli.networks import write_lines, write_text
from shapecalc.cli.option_groups import shows_unicode
from shapecalc.cli.refused import refusing, say, terminal_width
from shapecalc.cli.values import one_of, option
from shapecalc.display import scatter as plots
from shapecalc.display import zoo_text
from shapecalc.zoo.entry import ZooEntry, chosen, entries


@click.command()
@click.argument("name", required=False)
@option("--filter filters", "TEXT", "Only such networks: 'params<10M', or a word.", multiple=True)
@option(
    "--sort",
    "FIGURE",
    "name, year, input, layers, params, macs, kept, field or errata; '-params' puts the largest first.",
    default="name",
    show_default=True,
)
@option("--errata", bool, "The published figures that are wrong, with the evidence.")
@option("--scatter", bool, "Draw parameters against multiply-accumulates.")
@one_of(("text", "json", "markdown", "svg"), "--format format_", "How to print it; svg is for --scatter.")
@option("--output -o", "FILE", "Write to this file instead of standard output.")
def command(
    name: str | None,
    filters: tuple[str, ...],
    sort: str,
    errata: bool,
    scatter: bool,
    format_: str,
    output: str | None,
) -> None:
    """List the published networks that ship with shapecalc, or print the file of one.

    Every command takes zoo:NAME in place of a file: shapecalc check zoo:resnet-50.

    Exit code: 0, or 2 for usage and where there is no such network.
    """
    if name is not None:
        if errata or scatter or filters or format_ != "text":
            raise click.UsageError(f"the file of {name} is printed as it is: give no option but --output")
        write_text(_file(name), output)
        return
    if scatter and format_ not in ("text", "svg"):
        raise click.UsageError(f"--scatter is drawn as text or svg; without it --format {format_} has the same figures")
    if format_ == "svg" and not scatter:
        raise click.UsageError("--format svg is for --scatter")
    if errata and format_ == "markdown":
        raise click.UsageError("--errata is printed as text or json")
    if errata and scatter:
        raise click.UsageError("--errata and --scatter cannot be given together")
    write_lines(_lines(_chosen(filters, sort, errata), errata, scatter, format_), output)


def _file(name: str) -> str:
    """The text of a network. Ends the command with 2 where there is none."""
    from shapecalc.diagnostics.diagnostic import Diagnosed
    from shapecalc.published import PREFIX, find_published

    try:
        return find_published(name.removeprefix(PREFIX)).text
    except Diagnosed as problem:
        for diagnostic in problem.diagnostics:
            say(f"error: {diagnostic.message}: {diagnostic.help[0]}")
        sys.exit(2)


def _chosen(filters: tuple[str, ...], sort: str, errata: bool) -> list[ZooEntry]:
    """Raises UsageError for a filter or an order that means nothing, and for filters that leave no network."""
    with refusing(ValueError, usage=True):
        found = [entry for entry in chosen(entries(), filters, sort) if entry.errata or not errata]
    if not found:
        which = " with errata" if errata else ""
        raise click.UsageError(f"there is no network{which} for --filter {', '.join(filters)}; shapecalc zoo lists all")
    return found


def _lines(found: Sequence[ZooEntry], errata: bool, scatter: bool, format_: str) -> Sequence[str]:
    if format_ == "json":
        from shapecalc.display.json_text import json_text

        networks = [entry.to_dict() for entry in found]
        return [json_text({"version": 1, "networks": networks}, indent=1, unicode=shows_unicode())]
    if scatter:
        points = [plots.Point(e.name, e.params, e.macs) for e in found if e.params and e.macs]
        return plots.as_svg(points) if format_ == "svg" else plots.as_text(points, terminal_width() or 100)
    if format_ == "markdown":
        return zoo_text.markdown(found)
    return list((zoo_text.errata if errata else zoo_text.table)(found, terminal_width()))
