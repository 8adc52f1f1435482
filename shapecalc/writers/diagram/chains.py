"""A graph as chains: one layer after the other, branches where branches were, taps for the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from shapecalc.core.record import replace
from shapecalc.layers.concat import Concat
from shapecalc.passes.graph import Graph

DEEPEST = 6
"""How deep branches nest; what would lie deeper is joined by taps."""


@dataclass(slots=True)
class ChainPart:
    """A layer in a chain, or a tap of it."""

    node: int
    tap: bool = False
    branches: list[list[ChainPart]] = field(default_factory=list)


@dataclass(slots=True)
class _Segment:
    """Consecutive nodes in a chain; `head` is the node it starts after, None where it starts by itself."""

    head: int | None
    parts: list[ChainPart]
    first: int
    end: int
    depth: int = 0


def chains_of(graph: Graph) -> list[list[ChainPart]]:
    """The statements of a diagram that expands to the same nodes in the same order. Time is linear."""
    return _statements(_segments(graph))


def _segments(graph: Graph) -> list[_Segment]:
    """The nodes in chains, in their order: only the last chain ever grows, or takes the last ones as branches."""
    readers = Counter(source for node in graph.nodes for source in node.inputs)
    stack: list[_Segment] = []
    for node in graph.nodes:
        index, inputs = node.index, node.inputs
        if _joins(graph, index):
            _merge(stack, index, inputs)
        elif not inputs:
            stack.append(_Segment(None, [ChainPart(index)], index, index))
        elif stack and stack[-1].end == inputs[0] and readers[inputs[0]] == 1:
            stack[-1].parts.append(ChainPart(index))
            stack[-1].end = index
        else:
            stack.append(_Segment(inputs[0], [ChainPart(index)], index, index))
    return stack


def _joins(graph: Graph, index: int) -> bool:
    node = graph.nodes[index]
    return node.layer.merges or len(node.inputs) > 1


def _merge(stack: list[_Segment], index: int, inputs: tuple[int, ...]) -> None:
    """Adds a node that joins branches: the last chains become its branches where they end in its inputs."""
    taken = _branches_on_top(stack, inputs)
    below = stack[-len(taken) - 1] if len(stack) > len(taken) else None
    starts = [taken[place].head if place in taken else source for place, source in enumerate(inputs)]
    goes_on = below is not None and below.end in starts
    # After a tap that all branches start from, the join is a chain of its own.
    fork = below.end if below and goes_on else starts[0] if len(set(starts)) == 1 else None
    branches = [
        _branch(taken[place], fork) if place in taken else [] if source == fork else [ChainPart(source, tap=True)]
        for place, source in enumerate(inputs)
    ]
    part = ChainPart(index, branches=branches)
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


def _branch(segment: _Segment, fork: int | None) -> list[ChainPart]:
    if segment.head is None or segment.head == fork:
        return segment.parts
    return [ChainPart(segment.head, tap=True), *segment.parts]


def _statements(segments: Iterable[_Segment]) -> list[list[ChainPart]]:
    """A chain goes on where the one before it ended; otherwise it is a statement of its own, from a tap."""
    chains: list[list[ChainPart]] = []
    end: int | None = None
    for segment in segments:
        if segment.head is None:
            chains.append(segment.parts)
        elif segment.head == end:
            chains[-1].extend(segment.parts)
        else:
            chains.append([ChainPart(segment.head, tap=True), *segment.parts])
        end = segment.end
    return chains


def all_parts(chain: list[ChainPart]) -> Iterable[ChainPart]:
    """Every part of a chain and of the branches in it."""
    for part in chain:
        yield part
        for branch in part.branches:
            yield from all_parts(branch)


# --- in the order of their chains -------------------------------------------------------------------


def regrouped(graph: Graph) -> Graph:
    """The graph with its branches one after the other.

    Files list the layers of parallel branches in turns; a diagram writes one branch, then the next. Claims about
    single layers are left out, as what is written from it has none.
    """
    order: list[int] = []
    seen = [False] * len(graph.nodes)
    ends = [node.index for node, readers in zip(graph.nodes, graph.consumers(), strict=True) if not readers]
    for output in ends:
        stack = [output]
        while stack:
            index = stack[-1]
            node = graph.nodes[index]
            before = node.inputs if node.shares is None else (node.shares, *node.inputs)
            waiting = [source for source in before if not seen[source]]
            if waiting and not seen[index]:
                stack.append(waiting[0])
                continue
            stack.pop()
            if not seen[index]:
                seen[index] = True
                order.append(index)
    return replace(graph, claims=()).renumbered({old: new for new, old in enumerate(order)})


# --- nested joins -----------------------------------------------------------------------------


def with_nested_joins(graph: Graph) -> Graph:
    """The graph with every CONCAT whose first inputs are all those of an earlier one reading that one instead.

    PyTorch's DenseNet joins what each layer adds anew. The values are the same, and the layers become equal.
    """
    made: dict[Hashable, int] = {}
    nodes = list(graph.nodes)
    for node in graph.nodes:
        if not isinstance(node.layer, Concat) or len(node.inputs) < 2:
            continue
        for count in range(len(node.inputs) - 1, 1, -1):
            earlier = made.get((node.layer.axis, node.inputs[:count]))
            if earlier is not None:
                nodes[node.index] = replace(node, inputs=(earlier, *node.inputs[count:]))
                break
        made.setdefault((node.layer.axis, node.inputs), node.index)
    return replace(graph, nodes=tuple(nodes))
