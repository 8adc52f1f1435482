"""The options about what is known already: --baseline, --write-baseline, --add-ignores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def known_options(command: Command) -> Command:
    """Adds the options to a command."""
    for option in reversed(
        (
            click.option("--baseline", metavar="PATH", help="Report only what is not in this baseline."),
            click.option("--write-baseline", metavar="PATH", help="Write what is reported to a baseline."),
            click.option("--add-ignores", is_flag=True, help="Write comments that ignore errors and warnings."),
        )
    ):
        command = option(command)
    return command
