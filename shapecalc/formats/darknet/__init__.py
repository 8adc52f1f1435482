"""Darknet's .cfg files, of the original program and of AlexeyAB's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.diagnostics.diagnostic import Diagnostic, Source

if TYPE_CHECKING:
    from shapecalc.formats.read import Head, Options
    from shapecalc.passes.graph import Graph

RANK = 30
"""Its first section is called `[net]`, which nothing else begins with."""
SUFFIXES: tuple[str, ...] = ()


def accepts(path: str, head: Head) -> bool:
    """Whether the first line that is no comment is `[net]` or `[network]`."""
    if not isinstance(head, str) or "[net" not in head:
        return False
    lines = (line.strip() for line in head.split("\n"))
    first = next((line for line in lines if line and line[0] not in "#;"), "")
    return first.split("]")[0] in ("[net", "[network")


def read(source: Source, problems: list[Diagnostic], options: Options) -> Graph:
    """The graph. Raises Diagnosed SHP010 for what is no such file."""
    from shapecalc.formats.darknet.layers import read_layers
    from shapecalc.formats.darknet.sections import read_sections

    return read_layers(read_sections(source.text), options)
