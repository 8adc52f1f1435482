"""What would change in a file, as `diff -u` shows it."""

from __future__ import annotations

import re
import sys

import click

from shapecalc.display.characters import clean


def difference(path: str, before: str, after: str) -> str:
    """A unified diff, in which the name of the file is nothing but text; empty when nothing changes."""
    from difflib import unified_diff

    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (before, after))
    name = clean(path)
    lines = unified_diff(old, new, name, name)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def print_text(text: str) -> None:
    """Prints a text as it is, for `patch` to read; clean on a terminal, which would take some of it for commands."""
    shown = "\n".join(map(clean, text.split("\n"))) if sys.stdout.isatty() else text
    click.echo(shown.encode(), nl=False)
