"""`shapecalc reconcile`: which way of counting, or which variant, makes a published figure true."""

from __future__ import annotations

import sys

import click

from shapecalc.cli.networks import closing_options, read_network
from shapecalc.language.figures import Figure, parse_figure


class ClaimedFigure(click.ParamType[tuple[str, Figure]]):
    """`params=61M`: a figure that can be reconciled, and its value."""

    name = "figure"

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> tuple[str, Figure]:
        from shapecalc.transforms.reconcile import KEYS

        key, sign, text = str(value).partition("=")
        key = key.strip().lower()
        if not sign or key not in KEYS:
            self.fail(f"'{value}' is not a claim: write one such as params=61M; figures are {', '.join(KEYS)}")
        try:
            return key, parse_figure(text)
        except ValueError as problem:
            self.fail(str(problem))


@click.command()
@click.argument("path", metavar="FILE")
@click.option(
    "--claimed", type=ClaimedFigure(), multiple=True, required=True, metavar="FIGURE=VALUE", help="What is published."
)
@closing_options
def command(path: str, claimed: tuple[tuple[str, Figure], ...], **chosen: object) -> None:
    """Say what would make a published figure true.

    Tried are the ways in which tools count, variants of the network (biases, groups, stride of ResNet v1 or v1.5,
    inputs of 224 or 227, classes, auxiliary outputs), and units. The simplest explanation comes first.

    Exit code: 0 every figure is explained, 1 one is not, 2 usage or unreadable input.
    """
    from shapecalc.passes.graph import Graph
    from shapecalc.transforms.reconcile import Reconciled, reconcile

    graph: Graph = read_network(path, chosen).graph
    found: list[Reconciled] = reconcile(graph, claimed, value_bytes=4)
    for one in found:
        head = f"{one.key} = {one.figure}"
        if one.explanations:
            first, *others = one.explanations
            click.echo(f"{head} is true {first}")
            for other in others:
                click.echo(f"{' ' * len(head)} or      {other}")
        else:
            nearest = f"; the nearest is {one.nearest}" if one.nearest else ""
            click.echo(f"{head} is true in no way that was tried{nearest}")
    sys.exit(0 if all(one.explanations for one in found) else 1)
