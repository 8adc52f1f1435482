"""Puts a changed text into its file, whose line ends and byte order mark stay."""

from __future__ import annotations

import codecs
import re

from shapecalc.cli.atomic import place
from shapecalc.cli.refused import reaching
from shapecalc.diagnostics.diagnostic import Source


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
