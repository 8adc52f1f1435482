"""The table that Darknet prints when it starts, of the original program and of AlexeyAB's."""

from __future__ import annotations

from shapecalc.core.patterns import lazy_pattern
from shapecalc.diagnostics.diagnostic import Diagnostic, Source
from shapecalc.formats.read import Head, Options
from shapecalc.passes.graph import Graph

RANK = 53
"""Before diagrams: the line that names its columns looks like nothing else."""

_COLUMNS = lazy_pattern(r"\blayer\s+filters\s+size(?:/strd\(dil\))?\s+input\s+output")


def accepts(path: str, head: Head) -> bool:
    """Whether a line names the columns of the log, wherever it is between prompts and other lines."""
    return isinstance(head, str) and "filters" in head and _COLUMNS.search(head) is not None


def read(source: Source, problems: list[Diagnostic], options: Options) -> Graph:
    """The rows as a graph. Raises Diagnosed SHP010 where rows are missing."""
    from shapecalc.formats.darknet_log.log_layers import graph
    from shapecalc.formats.darknet_log.log_rows import log_rows

    return graph(log_rows(source.text), options)
