"""`shapecalc reconcile`: which way of counting, or which variant, makes a published figure true."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from shapecalc.cli.networks import print_answer, read_network
from shapecalc.cli.option_groups import closing_options
from shapecalc.cli.values import Parsed, one_of, option
from shapecalc.core.phrases import counted
from shapecalc.language.figures import Figure, parse_figure
from shapecalc.transforms.reconcile import KEYS, Reconciled, reconcile


def _claimed(value: str) -> tuple[str, Figure]:
    """`params=61M`: a figure that can be reconciled, and its value. Raises ValueError."""
    key, sign, text = value.partition("=")
    key = key.strip().lower()
    if not sign or key not in KEYS:
        raise ValueError(f"'{value}' is not a claim: write one such as params=61M; figures are {', '.join(KEYS)}")
    return key, parse_figure(text)


@click.command()
@click.argument("path", metavar="FILE")
@option(
    "--claimed",
    (Parsed("figure", _claimed, tuple), "FIGURE=VALUE"),
    "What is published, such as params=61M; one for each figure.",
    multiple=True,
    required=True,
)
@one_of(("text", "json"), "--format format_", "How to print it.")
@closing_options
def command(path: str, claimed: tuple[tuple[str, Figure], ...], format_: str, **chosen: object) -> None:
    """Say what would make a published figure true.

    Tried are the ways in which tools count, variants of the network (biases, groups, stride of ResNet v1 or v1.5,
    inputs of 224 or 227, classes, auxiliary outputs), two of them at once for a figure that is exact, and units. The
    simplest explanation comes first.

    Exit code: 0 every figure is explained, 1 one is not, 2 usage or unreadable input.
    """
    network = read_network(path, chosen)
    found = reconcile(network.graph, claimed)
    claims = {"claims": [one.to_dict() for one in found]}
    print_answer(format_, network.source, claims, (line for one in found for line in _lines(one)))
    sys.exit(0 if all(one.explanations for one in found) else 1)


def _lines(one: Reconciled) -> Iterator[str]:
    """What `shapecalc reconcile` prints of a figure: every explanation a line, or the nearest that was tried."""
    head = f"{one.key} = {one.figure}"
    if not one.explanations:
        nearest = f"; the nearest is {one.nearest}" if one.nearest else ""
        yield f"{head} is true in no way that was tried{nearest}"
        if one.untried:
            yield f"not tried: {counted(one.untried, 'variant')}, as the network is large"
        return
    first, *others = one.explanations
    yield f"{head} is true {first}"
    for other in others:
        yield f"{' ' * len(head)} or      {other}"
