"""The options that close a diagram: which member of a family of networks is meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from shapecalc.cli.values import INPUT
from shapecalc.expansion.options import MOST_LAYERS

F = TypeVar("F", bound=Callable[..., Any])

_CLOSING = (
    click.option("--set", "sets", multiple=True, metavar="NAME=VALUE", help="Give an open name a value, such as N=3."),
    click.option("--member", metavar="NAME", help="Take this network of a family."),
    click.option("--optional", type=click.Choice(["keep", "drop"]), help="Keep or drop parts marked with '?'."),
    click.option("--input", "input_", type=INPUT, metavar="WxHxD", help="Use this size for every INPUT."),
    click.option("--classes", type=click.IntRange(1), help="Outputs of the last FC that has no number."),
    click.option(
        "--max-layers",
        type=click.IntRange(1),
        default=MOST_LAYERS,
        show_default=True,
        help="Refuse larger networks.",
    ),
    click.option("--stdin-filename", metavar="NAME", help="What to call standard input ('-')."),
)


def closing_options(command: F) -> F:
    """Adds the options that choose one member of a family of networks."""
    for option in reversed(_CLOSING):
        command = option(command)
    return command
