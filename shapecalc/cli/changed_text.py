"""A changed text: put into its file, whose line ends and byte order mark stay, or shown as `diff -u` shows it."""

from __future__ import annotations

import codecs
import re
import sys

import click

from shapecalc.cli.atomic import place
from shapecalc.cli.refused import reaching
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.display.style import clean


def write_changed(source: Source, after: str) -> None:
    """Puts another text into the file of a source. Raises Refused."""
    with reaching("written", source.path):
        with open(source.path, "rb") as file:
            data = file.read()
        mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        raw = data.removeprefix(mark).decode()
        place(source.path, mark + _in_raw(raw, source.text, after).encode())


def _in_raw(raw: str, before: str, after: str) -> str:
    """The changed lines of a text put into the same text with its own line ends."""
    ends = re.findall(r"\r\n|\r|\n", raw) or ["\n"]
    if len(set(ends)) == 1:
        return after.replace("\n", ends[0])
    from difflib import SequenceMatcher

    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (before, after))
    found: list[str] = []
    for _, i, j, k, m in SequenceMatcher(None, old, new).get_opcodes():
        own = ends[i:j] + ends[:1] * (m - k)  # a line that is new ends as the first one does
        found += [line.replace("\n", end) for line, end in zip(new[k:m], own, strict=False)]
    return "".join(found)


# --- what would change ------------------------------------------------------------------------------


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
