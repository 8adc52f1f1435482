"""Tables that programs print of their models: Keras' summary (2 and 3), torchsummary and torchinfo."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Diagnostic, Source
from shapecalc.formats.printed_table.titles import names_columns, tables_of, without_bars
from shapecalc.formats.read import Head, Options
from shapecalc.passes.graph import Graph

RANK = 55
"""Before listings: the head of such a table looks like nothing else."""


def accepts(path: str, head: Head) -> bool:
    """Whether a line names the columns of such a table, wherever it is between prompts and log lines."""
    return isinstance(head, str) and any(names_columns(line) for line in head.splitlines())


def read(source: Source, problems: list[Diagnostic], options: Options) -> Graph:
    """The rows as layers, of every table a network. Raises Diagnosed SHP010 where there are none."""
    from functools import partial

    from shapecalc.formats.printed_table.table_graph import graph
    from shapecalc.lowering.several_models import together, without_prefixes

    text = without_bars(without_prefixes(source.text))
    return together((partial(graph, table) for table in tables_of(text)), options)
