"""What commands say to people in a line, and what they refuse to do, with exit code 2."""

from __future__ import annotations

from typing import Any

import click


class Refused(click.ClickException):
    """What was asked for cannot be done, with a note of the facts and what to do instead, where there are any."""

    exit_code = 2

    def __init__(self, message: str, note: str = "", help: str = "") -> None:
        super().__init__(message)
        self.note, self.help = note, help

    def show(self, file: Any = None) -> None:
        """A line on standard error, and one each for a fact and for what to do."""
        from shapecalc.display.characters import clean

        click.echo(f"error: {clean(self.message)}", err=True)
        for kind, text in (("note", self.note), ("help", self.help)):
            if text:
                click.echo(f"  = {kind}: {clean(text)}", err=True)


def say(text: str, *, err: bool = True) -> None:
    """Prints a line, on standard error unless `err` is false; nothing of a name or a text is a control sequence."""
    from shapecalc.display.ansi import inert
    from shapecalc.display.characters import clean

    click.echo(inert(clean(text)), err=err)
