"""Darknet's .cfg files, of the original program and of AlexeyAB's."""

from __future__ import annotations

from itertools import takewhile

from shapecalc.diagnostics.diagnostic import Diagnostic, Source
from shapecalc.formats.read import Head, Options
from shapecalc.passes.graph import Graph

RANK = 30
"""Its first section is called `[net]`, which nothing else begins with."""
KEYS = frozenset({"width", "height", "channels", "inputs", "batch", "subdivisions"})
"""Keys of `[net]` of which every file has one; other programs call a section so as well, for hosts and ports."""


def accepts(path: str, head: Head) -> bool:
    """Whether the first section is `[net]` or `[network]`, and has a key of Darknet's or none."""
    if not isinstance(head, str) or "[net" not in head:
        return False
    lines = (line for text in head.split("\n") if (line := text.strip()) and line[0] not in "#;")
    first = next(lines, "")
    keys = {line.partition("=")[0].strip() for line in takewhile(lambda line: line[0] != "[", lines)}
    return first.split("]")[0] in ("[net", "[network") and (not keys or not keys.isdisjoint(KEYS))


def read(source: Source, problems: list[Diagnostic], options: Options) -> Graph:
    """The graph. Raises Diagnosed SHP010 for what is no such file."""
    from shapecalc.formats.darknet.layers import read_layers
    from shapecalc.formats.darknet.sections import read_sections

    return read_layers(read_sections(source.text), options)
