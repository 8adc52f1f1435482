"""`shapecalc reconcile`: which way of counting, or which variant, makes a published figure true."""

from __future__ import annotations

import sys

import click

from shapecalc.cli.closing_options import closing_options
from shapecalc.cli.networks import read_network
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
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
@closing_options
def command(path: str, claimed: tuple[tuple[str, Figure], ...], format_: str, **chosen: object) -> None:
    """Say what would make a published figure true.

    Tried are the ways in which tools count, variants of the network (biases, groups, stride of ResNet v1 or v1.5,
    inputs of 224 or 227, classes, auxiliary outputs), two of them at once for a figure that is exact, and units. The
    simplest explanation comes first.

    Exit code: 0 every figure is explained, 1 one is not, 2 usage or unreadable input.
    """
    from shapecalc.transforms.reconcile import Reconciled, reconcile

    network = read_network(path, chosen)
    found: list[Reconciled] = reconcile(network.graph, claimed, value_bytes=4)
    if format_ == "json":
        import json

        claims = [one.to_dict() for one in found]
        networks = [{"path": network.source.path, "claims": claims}]
        click.echo(json.dumps({"version": 1, "networks": networks}, ensure_ascii=False))
    else:
        from shapecalc.display.reconciled import lines

        click.echo("\n".join(line for one in found for line in lines(one)))
    sys.exit(0 if all(one.explanations for one in found) else 1)
