"""What `print(model)` says of a PyTorch model: its modules, and what each was made with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from shapecalc.core.patterns import lazy_pattern
from shapecalc.diagnostics.diagnostic import Diagnostic, Source
from shapecalc.formats.read import Head, Options
from shapecalc.passes.graph import Graph

RANK = 54
"""Before diagrams: `Name(` and `(name): Module(` in the lines after it."""

_BEGINS = lazy_pattern(
    r"^[ \t>]*(?:\w+ = )?\w+ ?\([ \t]*\n\s{0,99}(?:[#\d][^\n]*\n\s{0,99})?\([\w.-]+\): (?:\d+ x )?\w+ ?\(", re.MULTILINE
)
_NAMED = lazy_pattern(r"\([\w.-]+\): (?:\d+ x )?\w+ ?\(")


def accepts(path: str, head: Head) -> bool:
    """Whether a module that holds named modules begins in it."""
    if not isinstance(head, str) or "): " not in head or not _NAMED.search(head):
        return False
    from shapecalc.lowering.several_models import without_prefixes

    return _BEGINS.search(without_prefixes(head)) is not None


def read(source: Source, problems: list[Diagnostic], options: Options) -> Graph:
    """The modules as layers, in the order of print, of every model a network.

    Raises Diagnosed SHP010 where a bracket is not closed.
    """
    from shapecalc.lowering.several_models import together, without_prefixes

    return together(_models(without_prefixes(source.text), options.limit), options)


def _models(text: str, most: int) -> Iterator[Callable[[Options], Graph]]:
    from functools import partial

    from shapecalc.formats.printed_modules.module_layers import graph
    from shapecalc.formats.printed_modules.module_tree import module_tree

    end = 0
    while not end or _BEGINS.search(text, end):
        root, end = module_tree(text, most, end)
        yield partial(graph, root)
