"""Ultralytics' YAML files: a backbone and a head as rows of [from, repeats, module, arguments]."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Diagnostic, Source
from shapecalc.formats.read import Head, Options
from shapecalc.passes.graph import Graph

RANK = 9
"""Before our own configs, which are YAML too."""


def accepts(path: str, head: Head) -> bool:
    """Whether `backbone:` and `head:` begin lines, or one of the two does not and `nc:` begins one."""
    if not isinstance(head, str) or "backbone:" not in head:
        return False
    keys = {line.partition(":")[0] for line in head.split("\n") if ":" in line}
    return "nc" in keys or keys >= {"backbone", "head"}


def read(source: Source, problems: list[Diagnostic], options: Options) -> Graph:
    """The graph. Raises Diagnosed SHP010 and SHP013 for what is no such file."""
    from shapecalc.formats.ultralytics.detector import read_detector
    from shapecalc.formats.ultralytics.model_file import parse_model_file

    return read_detector(parse_model_file(source), options)
