"""The options that choose rules: --select, --ignore, --preview, --ruleset; and budgets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def rule_options(command: Command) -> Command:
    """Adds the options to a command."""
    for option in reversed(
        (
            click.option(
                "--select",
                multiple=True,
                metavar="RULES",
                help="Run more rules: codes, names, prefixes (SHP4), groups (teaching, deploy, training), ALL.",
            ),
            click.option("--ignore", multiple=True, metavar="RULES", help="Leave rules out, named in the same way."),
            click.option("--preview", is_flag=True, help="Among the selected, also run rules that are still new."),
            click.option(
                "--max",
                "most",
                multiple=True,
                metavar="FIGURE=LIMIT",
                help="A budget: params, macs, memory, training or field, such as params=5M.",
            ),
            click.option("--no-config", is_flag=True, help="Read no configuration file."),
            click.option("--ruleset", metavar="NAME", help="The rules that run by default, such as 2026.11."),
        )
    ):
        command = option(command)
    return command


def words(values: Iterable[str]) -> tuple[str, ...]:
    """The words of options that may be given several times, and each with several words and commas."""
    return tuple(word for value in values for word in value.replace(",", " ").split())
