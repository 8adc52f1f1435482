"""Programs of torch.export: a .pt2 is a zip whose model.json says everything; its pickle of sample inputs is left."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Diagnostic, Source
from shapecalc.formats.read import Head, Options
from shapecalc.passes.graph import Graph

RANK = 31
"""A zip with the name .pt2, or with one of its files in front."""


def accepts(path: str, head: Head) -> bool:
    """Whether a zip is one of torch.export."""
    if isinstance(head, str) or head[:4] != b"PK\x03\x04":
        return False
    return path.lower().endswith(".pt2") or b"/archive_format" in head or b"/models/model.json" in head


def read(source: Source, problems: list[Diagnostic], options: Options) -> Graph:
    """The graph. Raises Diagnosed SHP010 for what is no whole program."""
    from shapecalc.formats.torch_export.program import read_program

    return read_program(source, options)
