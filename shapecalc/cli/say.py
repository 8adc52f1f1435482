"""One line for people, in which nothing of a name or a text is a control sequence."""

from __future__ import annotations

import click

from shapecalc.display.ansi import inert
from shapecalc.display.characters import clean


def say(text: str, *, err: bool = True) -> None:
    """Prints a line, on standard error unless `err` is false."""
    click.echo(inert(clean(text)), err=err)
