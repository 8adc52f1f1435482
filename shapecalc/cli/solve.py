"""`shapecalc solve`: which sizes of the input work, and which values of open arguments."""

from __future__ import annotations

import sys
from typing import cast

import click

from shapecalc.cli.networks import closing_options, read_network


@click.command()
@click.argument("path", metavar="FILE")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
@click.option(
    "--up-to", type=click.IntRange(1, 100_000), default=2048, show_default=True, help="The largest size tried."
)
@click.option(
    "--allow",
    type=click.Choice(["exact", "trims", "drops"]),
    default="trims",
    show_default=True,
    help="What windows may leave over: nothing, padding, or pixels too.",
)
@closing_options
def command(path: str, format_: str, up_to: int, allow: str, **chosen: object) -> None:
    """Say which sizes of the INPUT work for every layer and every join.

    FILE is a network in any format that is read, '-' standard input. What it claims is left out.

    Exit code: 0 some size works, 1 none does, or the network has errors, 2 usage or unreadable input.
    """
    from shapecalc.repairs.working_sizes import Allowed, solve

    network = read_network(path, chosen)
    solved = solve(network.graph, up_to, cast(Allowed, allow))
    if format_ == "json":
        import json

        found = {"version": 1, "networks": [{"path": network.source.path, **solved.to_dict()}]}
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        from shapecalc.display.solved import lines

        click.echo("\n".join(lines(network.source.path, solved)))
    sys.exit(0 if all(axis.sizes for axis in solved.axes) else 1)
