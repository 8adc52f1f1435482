"""Prints a graph as a flat diagram: one layer after the other, branches where branches were, taps for the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from shapecalc.language import syntax
from shapecalc.language.unparse import show_claim
from shapecalc.passes.freeze import as_ranges
from shapecalc.passes.graph import Graph, Node
from shapecalc.writers.diagram.resolved_settings import claim_of_diagram, front_matter

WIDTH = 88
"""Columns of a line, as the formatter has it."""
STEP = 2
"""Columns that a continuation or the inside of brackets is moved in."""
DEEPEST = 6
"""How deep branches nest; what would lie deeper is joined by taps."""


@dataclass(slots=True)
class _Part:
    """A layer in a chain, or a tap of it."""

    node: int
    tap: bool = False
    branches: list[list[_Part]] = field(default_factory=list)


@dataclass(slots=True)
class _Segment:
    """Consecutive nodes in a chain; `head` is the node it starts after, None where it starts by itself."""

    head: int | None
    parts: list[_Part]
    first: int
    end: int
    depth: int = 0


def flat_diagram(graph: Graph, settings: syntax.Settings) -> str:
    """The text of a diagram that expands to the same nodes in the same order under the same names.

    `settings` are the graph's, closed (`closed_settings`). Time is linear in the number of nodes.
    """
    graph = _with_words_for_names(graph)
    chains = _statements(_segments(graph))
    tapped = {part.node for chain in chains for part in _all_parts(chain) if part.tap}
    tapped |= {node.shares for node in graph.nodes if node.shares is not None}
    writer = _Writer(graph, _written_names(graph, tapped))
    lines = [line for chain in chains for line in writer.chain(chain, 0, "")]
    # An INPUT has its own size once it is in a graph.
    head = front_matter(replace(settings, input=None, freeze=as_ranges(graph, settings.freeze)))
    return head + "\n".join(lines) + "\n"


# --- from a graph to chains ---------------------------------------------------------------------


def _segments(graph: Graph) -> list[_Segment]:
    """The nodes in chains, in their order: only the last chain ever grows, or takes the last ones as branches."""
    readers = [0] * len(graph.nodes)
    for node in graph.nodes:
        for source in node.inputs:
            readers[source] += 1
    stack: list[_Segment] = []
    for node in graph.nodes:
        index, inputs = node.index, node.inputs
        if _joins(graph, index):
            _merge(stack, index, inputs)
        elif not inputs:
            stack.append(_Segment(None, [_Part(index)], index, index))
        elif stack and stack[-1].end == inputs[0] and readers[inputs[0]] == 1:
            stack[-1].parts.append(_Part(index))
            stack[-1].end = index
        else:
            stack.append(_Segment(inputs[0], [_Part(index)], index, index))
    return stack


def _joins(graph: Graph, index: int) -> bool:
    layer = graph.nodes[index].layer
    return layer is not None and layer.merges


def _merge(stack: list[_Segment], index: int, inputs: tuple[int, ...]) -> None:
    """Adds a node that joins branches: the last chains become its branches where they end in its inputs."""
    taken = _branches_on_top(stack, inputs)
    below = stack[-len(taken) - 1] if len(stack) > len(taken) else None
    starts = [taken[place].head if place in taken else source for place, source in enumerate(inputs)]
    goes_on = below is not None and below.end in starts
    # After a tap that all branches start from, the join is a chain of its own.
    fork = below.end if below and goes_on else starts[0] if len(set(starts)) == 1 else None
    branches = [
        _branch(taken[place], fork) if place in taken else [] if source == fork else [_Part(source, tap=True)]
        for place, source in enumerate(inputs)
    ]
    part = _Part(index, branches=branches)
    depth = 1 + max((segment.depth for segment in taken.values()), default=0)
    first = min((s.first for s in taken.values()), default=index)
    del stack[len(stack) - len(taken) :]
    if below and goes_on:
        below.parts.append(part)
        below.end, below.depth = index, max(below.depth, depth)
    else:
        stack.append(_Segment(fork, [part], first, index, depth))


def _branches_on_top(stack: list[_Segment], inputs: tuple[int, ...]) -> dict[int, _Segment]:
    """The last chains that may be written as branches, by their place in the inputs.

    A tap is known only after its layer: no branch may be written as a tap of what is in a later one.
    """
    taken: dict[int, _Segment] = {}
    top = len(stack) - 1
    for place in reversed(range(len(inputs))):
        segment = stack[top] if top >= 0 else None
        if segment is None or segment.end != inputs[place] or segment.head is None:
            continue
        if segment.depth >= DEEPEST or segment.end in [s.head for s in taken.values()]:
            continue
        taken[place] = segment
        top -= 1
    for place, source in enumerate(inputs):
        later = [s.first for i, s in taken.items() if i > place]
        if place not in taken and later and source >= min(later):
            return {}
    return taken


def _branch(segment: _Segment, fork: int | None) -> list[_Part]:
    if segment.head is None or segment.head == fork:
        return segment.parts
    return [_Part(segment.head, tap=True), *segment.parts]


def _statements(segments: Iterable[_Segment]) -> list[list[_Part]]:
    """A chain goes on where the one before it ended; otherwise it is a statement of its own, from a tap."""
    chains: list[list[_Part]] = []
    end: int | None = None
    for segment in segments:
        if segment.head is None:
            chains.append(segment.parts)
        elif segment.head == end:
            chains[-1].extend(segment.parts)
        else:
            chains.append([_Part(segment.head, tap=True), *segment.parts])
        end = segment.end
    return chains


def _all_parts(chain: list[_Part]) -> Iterable[_Part]:
    for part in chain:
        yield part
        for branch in part.branches:
            yield from _all_parts(branch)


# --- names --------------------------------------------------------------------------------------


def _with_words_for_names(graph: Graph) -> Graph:
    """The graph with names that a diagram can write: a file of another tool has others, such as `/layer1/conv`."""
    if all(node.name.isidentifier() for node in graph.nodes):
        return graph
    taken = {node.name for node in graph.nodes if node.name.isidentifier()}
    nodes = []
    for node in graph.nodes:
        name = node.name
        if not name.isidentifier():
            name = stem = re.sub(r"\W+", "_", name).strip("_") or node.kind.lower()
            if not name[0].isalpha():
                name = stem = f"n{stem}"
            number = 2
            while name in taken:
                name, number = f"{stem}_{number}", number + 1
            taken.add(name)
        nodes.append(replace(node, name=name))
    return replace(graph, nodes=tuple(nodes))


def _written_names(graph: Graph, tapped: set[int]) -> dict[int, str]:
    """The names that must be written: those of taps, and those that counting would not give."""
    written = {node.index: node.name for node in graph.nodes if node.index in tapped or not _counted(node)}
    for _ in range(4):
        missing = {i: graph.nodes[i].name for i, name in _automatic(graph, written) if graph.nodes[i].name != name}
        if not missing:
            return written
        written |= missing
    return {node.index: node.name for node in graph.nodes}


def _counted(node: Node) -> bool:
    kind = node.kind.lower()
    return node.name.startswith(kind) and node.name[len(kind) :].isdigit()


def _automatic(graph: Graph, written: dict[int, str]) -> Iterable[tuple[int, str]]:
    """The names that nodes get by counting their kind, past the names that are written."""
    taken = set(written.values())
    running: dict[str, int] = {}
    for node in graph.nodes:
        kind = node.kind.lower()
        running[kind] = running.get(kind, 0) + 1
        if node.index not in written:
            while f"{kind}{running[kind]}" in taken:
                running[kind] += 1
            yield node.index, f"{kind}{running[kind]}"


# --- from chains to text ------------------------------------------------------------------------


class _Writer:
    """Lays chains out in lines, with brackets on lines of their own where a line would be too long."""

    def __init__(self, graph: Graph, names: dict[int, str]) -> None:
        self.graph, self.names = graph, names
        self.claims: dict[int, list[str]] = {}
        for index, claim in graph.claims:
            known = self.claims.setdefault(index, [])
            known += [text for text in map(show_claim, claim_of_diagram(claim)) if text not in known]

    def core(self, part: _Part) -> tuple[str, str]:
        """What a part is, and what is after it. A bare INPUT would take a claimed volume for its size."""
        node = self.graph.nodes[part.node]
        if part.tap:
            return f"@{node.name}", ""
        suffix = "" if node.shares is None else f" share {self.names[node.shares]}"
        suffix += f" as {self.names[part.node]}" if part.node in self.names else ""
        claims = self.claims.get(part.node, [])
        text = f"[{node.text}]" if claims and not node.inputs and "(" not in node.text else node.text
        return text, suffix + (f": {', '.join(claims)}" if claims else "")

    def line(self, part: _Part) -> str:
        """A part on one line."""
        text, suffix = self.core(part)
        if part.branches:
            inner = [" => ".join(self.line(p) for p in branch) for branch in part.branches]
            words = [inner[0], *(f"| {branch}" for branch in inner[1:])]
            text = f"{text}[{' '.join(word.strip() for word in words if word)}]"
        return text + suffix

    def chain(self, parts: Sequence[_Part], indent: int, head: str) -> list[str]:
        """A chain as lines: as many layers on a line as there is room for."""
        lines: list[str] = []
        row: list[str] = []
        left, lead = indent, head
        for part in parts:
            text = self.line(part)
            opened = bool(part.branches) and indent + STEP + 3 + len(text) > WIDTH
            length = left + len(lead) + sum(len(t) + 4 for t in row) + len(text)
            if row and (opened or length > WIDTH):
                lines.append(" " * left + lead + " => ".join(row))
                row, left, lead = [], indent + STEP, "=> "
            if opened:
                lines += self.opened(part, left, lead)
                left, lead = indent + STEP, "=> "
            else:
                row.append(text)
        return [*lines, " " * left + lead + " => ".join(row)] if row else lines

    def opened(self, part: _Part, left: int, lead: str) -> list[str]:
        """A part whose branches are on lines of their own."""
        text, suffix = self.core(part)
        lines = [f"{' ' * left}{lead}{text}["]
        for place, branch in enumerate(part.branches):
            head = "| " if place else ""
            inner = " " * (left + STEP)
            lines += self.chain(branch, left + STEP, head) if branch else [f"{inner}|"] * (place > 0)
        return [*lines, f"{' ' * left}]{suffix}"]
