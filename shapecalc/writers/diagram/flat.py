"""Prints a graph as a flat diagram: one layer after the other, branches where branches were, taps for the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shapecalc.core.phrases import untaken
from shapecalc.core.record import replace
from shapecalc.expansion.naming import counted_names
from shapecalc.language import syntax
from shapecalc.language.fragment import Fragment
from shapecalc.language.unparse import show_claim
from shapecalc.passes.freeze import as_ranges
from shapecalc.passes.graph import Graph
from shapecalc.writers.diagram.chains import ChainPart, all_parts, chains_of
from shapecalc.writers.diagram.pieces import lines_of
from shapecalc.writers.diagram.resolved_settings import claim_of_diagram, front_matter


def flat_diagram(graph: Graph, settings: syntax.Settings) -> str:
    """The text of a diagram that expands to the same nodes in the same order under the same names.

    `settings` are the graph's, closed (`closed_settings`). Time is linear in the number of nodes.
    """
    graph = with_words_for_names(graph)
    chains = chains_of(graph)
    tapped = {part.node for chain in chains for part in all_parts(chain) if part.tap}
    tapped |= {node.shares for node in graph.nodes if node.shares is not None}
    writer = _Writer(graph, _written_names(graph, tapped))
    lines = [line for chain in chains for line in lines_of(writer.pieces(chain))]
    # An INPUT has its own size once it is in a graph.
    head = front_matter(replace(settings, input=None, freeze=as_ranges(graph, settings.freeze)))
    return head + "\n".join(lines) + "\n"


# --- names --------------------------------------------------------------------------------------


def with_words_for_names(graph: Graph) -> Graph:
    """The graph with names that a diagram can write: a file of another tool has others, such as `/layer1/conv`."""
    if all(node.name.isidentifier() for node in graph.nodes):
        return graph
    taken = {node.name for node in graph.nodes if node.name.isidentifier()}
    nodes = []
    for node in graph.nodes:
        name = node.name
        if not name.isidentifier():
            name = re.sub(r"\W+", "_", name).strip("_") or node.kind.lower()
            name = untaken(name if name[0].isalpha() else f"n{name}", taken, "_")
            taken.add(name)
        nodes.append(replace(node, name=name))
    return replace(graph, nodes=tuple(nodes))


def _written_names(graph: Graph, tapped: set[int]) -> dict[int, str]:
    """The names that must be written: those of taps, and those that counting would not give."""
    written = {node.index: node.name for node in graph.nodes if node.index in tapped or node.is_named}
    for _ in range(4):
        counted = counted_names(graph.nodes, set(written.values()), written)
        missing = {node.index: node.name for node, name in counted if node.name != name}
        if not missing:
            return written
        written |= missing
    return {node.index: node.name for node in graph.nodes}


# --- from chains to text ------------------------------------------------------------------------


class _Writer:
    """The pieces of chains, with names and claims after them."""

    def __init__(self, graph: Graph, names: dict[int, str]) -> None:
        self.graph, self.names = graph, names
        self.claims: dict[int, list[str]] = {}
        for index, claim in graph.claims:
            known = self.claims.setdefault(index, [])
            known += [text for text in map(show_claim, claim_of_diagram(claim)) if text not in known]

    def pieces(self, chain: Sequence[ChainPart]) -> list[Fragment]:
        """A chain; a bare INPUT would take a claimed volume for its size, and stands in brackets."""
        return [self.piece(part) for part in chain]

    def piece(self, part: ChainPart) -> Fragment:
        node = self.graph.nodes[part.node]
        if part.tap:
            return Fragment(f"@{node.name}")
        suffix = "" if node.shares is None else f" share {self.names[node.shares]}"
        suffix += f" as {self.names[part.node]}" if part.node in self.names else ""
        claims = self.claims.get(part.node, [])
        text = f"[{node.text}]" if claims and not node.inputs and "(" not in node.text else node.text
        suffix += f": {', '.join(claims)}" if claims else ""
        return Fragment(text, tuple(self.pieces(branch) for branch in part.branches), suffix)
