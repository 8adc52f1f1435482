"""`shapecalc expand`: prints the closed network as a diagram without names, iterations or options."""

from __future__ import annotations

import click

from shapecalc.cli.named_files import piped
from shapecalc.cli.networks import read_network, refuse_same, write_text
from shapecalc.cli.option_groups import closing_options
from shapecalc.cli.refused import refusing
from shapecalc.cli.values import one_of, option


@click.command("expand")
@click.argument("path", required=False, metavar="[FILE]")
@one_of(("flat", "block"), "--level", "Write every layer out, or keep blocks and repeats.")
@closing_options
@option("--output -o", "FILE", "Write to this file instead of standard output.")
def command(path: str | None, level: str, output: str | None, **chosen: object) -> None:
    """Write a network out: repeats, blocks and open names become layers.

    FILE is a network in any format that is read, '-' standard input. The printed diagram checks to the same
    report: the same layers under the same names, with the same volumes, parameters, work and assumptions.

    Exit code: 0 printed, 1 the network has errors or open names, 2 usage or unreadable input.
    """
    path = path or piped()
    refuse_same(path, output, "flat diagram")
    network = read_network(path, chosen)
    if level == "block" and network.diagram.statements:
        from shapecalc.writers.diagram.partial_evaluation import block_diagram

        text = block_diagram(network.diagram, network.options)
    else:
        from shapecalc.writers.diagram.flat import Unwordable, closed_settings, flat_diagram

        with refusing(Unwordable, of=f"{path} cannot be expanded"):
            text = flat_diagram(network.graph, closed_settings(network.diagram, network.options))
    write_text(text, output)
