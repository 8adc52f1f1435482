"""`shapecalc solve`: which sizes of the input work, and which values of open arguments."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import cast

import click

from shapecalc.cli.networks import Network, print_answer, read_network
from shapecalc.cli.option_groups import budgets, closing_options
from shapecalc.cli.refused import refusing
from shapecalc.cli.values import WholeNumber, one_of, option
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.display.solved import lines, value_lines
from shapecalc.formats.read import read_graph
from shapecalc.language import syntax
from shapecalc.passes.budgets import Budget
from shapecalc.passes.claims import expected_values
from shapecalc.passes.graph import Graph
from shapecalc.repairs.whole_sizes import TooManySizes
from shapecalc.repairs.working_sizes import Allowed, acceptance, solve
from shapecalc.transforms.open_values import TooManyCombinations, filled, holes_of, nominal, search
from shapecalc.transforms.unmet import GROWS, unmet_by


@click.command()
@click.argument("path", metavar="FILE")
@one_of(("text", "json"), "--format format_", "How to print it.")
@option("--up-to", WholeNumber(1, 100_000), "The largest size or value tried.", default=2048, show_default=True)
@one_of(
    ("exact", "trims", "drops"),
    "--allow",
    "What windows may leave over: nothing, padding, or pixels too.",
    default="trims",
)
@budgets("A budget that open values must keep: params, macs, memory, training or field, such as params=5M.")
@closing_options
def command(path: str, format_: str, up_to: int, allow: str, most: tuple[Budget, ...], **chosen: object) -> None:
    """Say which sizes of the INPUT work for every layer and every join, or which values an open argument may have.

    FILE is a network in any format that is read, '-' standard input. Sizes are looked for where nothing is open, and in
    INPUT(?x?x3); what the network claims is left out then. Elsewhere '?' is a value: CONV(96, F=11, S=4, P=?),
    POOL(F=?, S=2): 27x27x96, FC(?). Those are said that keep all that is claimed, 'expect:' and --max.

    Exit code: 0 something works, 1 nothing does, or the network has errors, 2 usage or unreadable input.
    """
    network = read_network(path, chosen, _nominally)
    holes = holes_of(network.diagram)
    if any(hole.text == "?" for hole in holes):
        sys.exit(_values(network, format_, up_to, allow, most))
    sys.exit(_sizes(network, format_, up_to, allow))


def _nominally(source: Source, diagram: syntax.Diagram) -> Source:
    """The text with something in place of what is open."""
    holes = holes_of(diagram)
    return replace(source, text=filled(source.text, holes, [nominal(hole) for hole in holes])[0]) if holes else source


def _sizes(network: Network, format_: str, up_to: int, allow: str) -> int:
    with refusing(TooManySizes, usage=True):
        solved = solve(network.graph, up_to, cast(Allowed, allow))
    print_answer(format_, network.source, solved.to_dict(), lines(network.source.path, solved, _read(network.graph)))
    return 0 if all(axis.sizes for axis in solved.axes) else 1


def _read(graph: Graph) -> list[str]:
    """What the layers that read all values of a volume expect, where these hang on the size of the INPUT."""
    whole = {node.index for node in graph.nodes if node.layer.is_global and not node.layer.carries}
    fixed = set(whole)
    for node in graph.nodes:
        if fixed.intersection(node.inputs):
            fixed.add(node.index)
    return [
        f"{graph.nodes[index].name} expects {claim.text} features"
        for index, claim in graph.claims
        if index in whole and expected_values(claim) and not fixed.intersection(graph.nodes[index].inputs)
    ]


def _values(network: Network, format_: str, up_to: int, allow: str, most: tuple[Budget, ...]) -> int:
    holes = holes_of(network.diagram)
    if any(hole.text != "?" for hole in holes):
        raise click.UsageError(
            "the size of the INPUT and other values are open, and each is found for what is written of the other: "
            "write the size, or the values"
        )
    accepts = acceptance(network.graph, cast(Allowed, allow))

    def again(values: Sequence[int]) -> Graph | None:
        text, _ = filled(network.source.text, holes, [str(value) for value in values])
        _, graph = read_graph(replace(network.source, text=text), network.options)
        return None if any(d.severity == "error" for d in graph.diagnostics) else graph

    def unmet(graph: Graph, whole: bool) -> set[str]:
        return unmet_by(graph, accepts, [b for b in most if whole or b.key in GROWS])

    _, spans = filled(network.source.text, holes, [nominal(hole) for hole in holes])
    with refusing(TooManyCombinations, usage=True):
        opened, found = search(network.graph, spans, again, unmet, up_to)
    at = [network.source.position(hole.span[0]) for hole in holes]
    places = [
        {"layer": o.layer or None, "argument": o.argument, "line": line, "column": column}
        for o, (line, column) in zip(opened, at, strict=True)
    ]
    values = {"open": places, "values": found.values, "unmet": found.unmet}
    print_answer(format_, network.source, values, value_lines(network.source.path, opened, at, found))
    return 0 if found.values else 1
