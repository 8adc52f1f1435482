"""Models that are printed one after the other in a text, as one graph of several networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.expansion.options import Options
from shapecalc.passes.graph import Graph

MOST = 20
"""Models that are read of one text: each is looked for in the whole of it."""


def together(models: Iterable[Callable[[Options], Graph]], options: Options) -> Graph:
    """The graphs of all models side by side. `--input` is of the first, and of those that leave a size open.

    Raises Diagnosed as each does, and SHP109 for more than `MOST`.
    """
    first, *others = islice(models, MOST + 1)
    if len(others) == MOST:
        help = ("give each a file of its own",)
        raise Diagnosed(report("SHP109", f"the text has more than {MOST} models", help=help))
    whole = first(options)
    for model in others:
        graph = model(replace(options, input=None))
        if options.input and any(found.code == "SHP114" for found in graph.diagnostics):
            graph = model(options)
        whole = _beside(whole, graph)
    return whole


def _beside(one: Graph, other: Graph) -> Graph:
    start = len(one.nodes)
    nodes = (
        replace(
            node,
            index=start + node.index,
            inputs=tuple(start + source for source in node.inputs),
            shares=None if node.shares is None else start + node.shares,
        )
        for node in other.nodes
    )
    found = (d if d.layer is None else replace(d, layer=start + d.layer) for d in other.diagnostics)
    return replace(
        one,
        nodes=(*one.nodes, *nodes),
        claims=(*one.claims, *((start + index, claim) for index, claim in other.claims)),
        diagnostics=(*one.diagnostics, *found),
    )
