"""Writes a graph as a diagram worth keeping: what recurs is a block, a repeat or a loop, what has no words OPAQUE."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence

from shapecalc.core.phrases import counted
from shapecalc.core.record import replace
from shapecalc.language import syntax
from shapecalc.layers.identity import Identity
from shapecalc.layers.reshape import Reshape
from shapecalc.passes.components import networks_of
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.report import CheckedNetwork, Row, unread
from shapecalc.writers.diagram.chains import chains_of, regrouped, with_nested_joins
from shapecalc.writers.diagram.flat import NOWHERE, Unwordable, flat_diagram, front_matter, with_words_for_names
from shapecalc.writers.diagram.folded_writer import FoldedWriter

MOST_NAMED = 6
"""How many layers are named that stand for something else."""


def with_stand_ins(report: CheckedNetwork, graph: Graph) -> tuple[Graph, list[str]]:
    """The graph with words for every layer, and a sentence for each that stands for something else.

    Raises Unwordable.
    """
    wordless = []
    for row in report.rows:
        if row.output is None:
            raise Unwordable(f"the volume of {row.node.name} is unknown")
        if row.node.layer.opaque and not row.node.inputs:
            raise Unwordable(f"{row.node.name} is opaque and reads nothing")
        if row.node.layer.opaque and row.node.kind != "OPAQUE":
            wordless.append(row.node)
    return replace(graph, nodes=tuple(_in_place_of_views(row, report.rows) for row in report.rows)), _notes(wordless)


def _notes(wordless: Sequence[Node]) -> list[str]:
    """Few layers by name; of many, how many there are of each kind."""
    if len(wordless) <= MOST_NAMED:
        return [f"{node.name} is {node.kind}" for node in wordless]
    kinds = Counter(node.kind for node in wordless)
    return [f"OPAQUE is {kind}{f' ({count} times)' if count > 1 else ''}" for kind, count in kinds.most_common()]


def _in_place_of_views(row: Row, rows: Sequence[Row]) -> Node:
    """A reshape to the volume that arrives is an identity, so that parts with other depths are alike."""
    node = row.node
    if node.kind == Reshape.kind and rows[node.inputs[0]].output == row.output:
        return replace(node, kind=Identity.kind, layer=Identity(), text=Identity.kind)
    return node


MOST_NOTES = 12
"""How many sentences there are of what stands for something else."""
WAYS = tuple((extents, eager) for extents in (True, False) for eager in (True, False))
"""How a network is folded: with the sizes of windows as numbers or not, and loops of neighbours made at once or not."""
MOST_LAYERS_IN_ALL_WAYS = 2_000
"""Layers of a network that is folded in all ways; a larger one is in the first."""


def recovered_diagram(report: CheckedNetwork) -> str:
    """The text of a diagram with the same layers, joined the same way; their order and names may be others.

    Of several ways to fold it the one of the fewest lines is taken, then the shortest. Front matter says where it comes
    from and what to expect. Raises Unwordable for what a diagram cannot say.
    """
    if report.graph is None or report.totals is None:
        raise Unwordable("there is no network")
    if report.graph.settings.freeze:
        settings = _settings(report, report.graph.settings)
        return flat_diagram(replace(report.graph, settings=settings), settings)
    graph, notes = with_stand_ins(report, report.graph)
    if graph.nodes[0].call is None:
        graph = _without_identities(graph)
    graph = with_nested_joins(with_words_for_names(graph))
    texts = [
        "\n".join(FoldedWriter(ordered, chains_of(ordered), extents=extents, eager=eager).lines())
        for ordered in (graph, regrouped(graph))
        for extents, eager in (WAYS if len(graph.nodes) <= MOST_LAYERS_IN_ALL_WAYS else WAYS[:1])
    ]
    best = min(texts, key=lambda text: (text.count("\n"), len(text)))
    settings = replace(_settings(report, graph.settings), input=None, defaults=(), classes=None)
    more = len(notes) - MOST_NOTES
    notes = [*notes[:MOST_NOTES], *([f"and {counted(more, 'kind')} more"] if more > 0 else [])]
    return front_matter(settings) + "".join(f"# {note}\n" for note in notes) + best + "\n"


def _without_identities(graph: Graph) -> Graph:
    """The graph of another tool's file without what only passes values on, such as [route] of one layer and [yolo]."""
    nodes = graph.nodes
    return graph.without({n.index for n in nodes if isinstance(n.layer, Identity) and nodes[n.inputs[0]].inputs})


def _settings(report: CheckedNetwork, settings: syntax.Settings) -> syntax.Settings:
    """The settings with a name, a source, and the figures of the report."""
    path = report.source.path
    graph = report.graph
    foreign = not report.source.text or graph is None or graph.nodes[0].call is None or bool(graph.words)
    source = settings.source or (os.path.basename(path) if foreign and path else None)
    alone = graph is None or not any(networks_of(graph))  # `expect` would make one of several networks
    expect = settings.expect or (tuple(_figures(report)) if alone else ())
    return replace(settings, name=report.name, source=source, expect=expect)


def _figures(report: CheckedNetwork) -> Iterable[syntax.Claim]:
    totals, outputs = report.totals, unread(report.rows)
    if totals is not None:
        yield syntax.Claim("params", str(totals.params), NOWHERE)
        yield syntax.Claim("macs", str(totals.macs), NOWHERE)
    if len(outputs) == 1 and outputs[0].output is not None:
        yield syntax.Claim("volume", str(outputs[0].output), NOWHERE)
