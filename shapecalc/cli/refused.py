"""What commands say to people in a line, and what they refuse to do, with exit code 2."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.phrases import reason, shortened

USUAL_WIDTH = 80
"""Columns of a terminal that does not say how many it has."""
_LONG_WORD = lazy_pattern(r"\S{300,}")


class Refused(click.ClickException):
    """What was asked for cannot be done, with a note of the facts and what to do instead, where there are any."""

    exit_code = 2

    def __init__(self, message: str, note: str = "", help: str = "") -> None:
        super().__init__(message)
        self.note, self.help = note, help

    def show(self, file: Any = None) -> None:
        """A line on standard error, and one each for a fact and for what to do."""
        say(f"error: {self.message}")
        for kind, text in (("note", self.note), ("help", self.help)):
            if text:
                say(f"  = {kind}: {text}")


@contextmanager
def refusing(*kinds: type[Exception], usage: bool = False, of: str = "") -> Iterator[None]:
    """Raises Refused, or UsageError, with what an error of these kinds says, after whom it is `of`."""
    try:
        yield
    except kinds as problem:
        raise (click.UsageError if usage else Refused)(f"{of and f'{of}: '}{problem}") from None


@contextmanager
def reaching(done: str, what: str = "") -> Iterator[None]:
    """Raises Refused where the system does not let something, or the file that it names, be `written` or `read`."""
    try:
        yield
    except OSError as problem:
        raise Refused(f"{what or problem.filename} cannot be {done}: {reason(problem)}") from None


def say(text: str, *, err: bool = True) -> None:
    """Prints a line, on standard error unless `err` is false; nothing of a name or a text is a control sequence.

    On standard error it is broken where the terminal ends, and a word of hundreds of characters is shortened.
    """
    from shapecalc.display.style import clean, inert
    from shapecalc.display.wrapping import broken

    shown = [text]
    if err:
        shown = [*broken([clean(_LONG_WORD.sub(lambda word: shortened(word[0], 80), text))], terminal_width(err=True))]
    for line in shown:
        click.echo(inert(clean(line)), err=err)


def terminal_width(*, err: bool = False) -> int | None:
    """Columns of the terminal; None when standard output (error) is none, unless COLUMNS says otherwise."""
    wanted = os.environ.get("COLUMNS", "")[:9]
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    stream = sys.stderr if err else sys.stdout
    return (os.get_terminal_size(stream.fileno()).columns or USUAL_WIDTH) if stream.isatty() else None
