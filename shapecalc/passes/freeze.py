"""Which layers `freeze` means: names of layers, of groups and of blocks, and ranges such as conv1..conv3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnostic, report
from shapecalc.diagnostics.spelling import MOST_GUESSED, nearest
from shapecalc.language.syntax import Frozen
from shapecalc.passes.graph import Graph, Node

RANGE = ".."


def frozen_parts(text: str) -> tuple[Frozen, ...]:
    """Names and ranges with commas between them, as an option has them."""
    return tuple(Frozen(part.strip(), (0, 0)) for part in text.split(",") if part.strip())


def with_frozen_parts(graph: Graph, frozen: Sequence[Frozen]) -> Graph:
    """The graph whose nodes know that they are frozen; names that mean nothing are reported."""
    if not frozen:
        return graph
    indices = frozen_nodes(graph.nodes, frozen)
    nodes = tuple(replace(node, frozen=node.index in indices) for node in graph.nodes)
    settings = replace(graph.settings, freeze=tuple(frozen))
    return replace(
        graph, nodes=nodes, settings=settings, diagnostics=(*graph.diagnostics, *freeze_diagnostics(graph, frozen))
    )


def frozen_nodes(nodes: Sequence[Node], frozen: Sequence[Frozen]) -> frozenset[int]:
    """The places of the nodes that are meant; names that none has mean nothing."""
    return frozenset().union(*(places for _, places in meant_by(nodes, frozen)))


def meant_by(nodes: Sequence[Node], frozen: Sequence[Frozen]) -> Iterator[tuple[Frozen, Sequence[int]]]:
    """Every part with the places of the nodes that it means; none where it has a name that no node has."""
    places = _places(nodes)
    for part in frozen:
        first, last = _ends(part.text)
        if first in places and last in places:
            meant = range(places[first][0], places[last][-1] + 1) if RANGE in part.text else places[first]
            yield part, meant
        else:
            yield part, ()


def freeze_diagnostics(graph: Graph, frozen: Sequence[Frozen]) -> Iterable[Diagnostic]:
    """SHP118 for names that no layer and no block has, and for ranges that run backwards."""
    places = _places(graph.nodes)
    known, unknowns = list(places), 0
    for part in frozen:
        first, last = _ends(part.text)
        unknown = next((name for name in (first, last) if name not in places), None)
        if unknown is not None:
            unknowns += 1
            guess = nearest(unknown, known) if unknowns <= MOST_GUESSED else None
            yield report(
                "SHP118",
                f"freeze names '{unknown}', and no layer and no block is called that",
                part.span,
                label=f"did you mean {guess}?" if guess else "expected the name of a layer or a block, or conv1..conv3",
                help=("the column `name` of the table has the names of all layers",),
            )
        elif places[last][-1] < places[first][0]:
            yield report(
                "SHP118",
                f"the range {first}{RANGE}{last} runs backwards: {last} comes before {first}",
                part.span,
                help=(f"write {last}{RANGE}{first}",),
            )


def as_ranges(graph: Graph, frozen: Sequence[Frozen]) -> tuple[Frozen, ...]:
    """The same layers by their own names, for a text without the blocks."""
    indices = sorted(frozen_nodes(graph.nodes, frozen))
    ranges: list[list[int]] = []
    for index in indices:
        if ranges and ranges[-1][1] == index - 1:
            ranges[-1][1] = index
        else:
            ranges.append([index, index])
    names = [node.name for node in graph.nodes]
    texts = (names[a] if a == b else f"{names[a]}{RANGE}{names[b]}" for a, b in ranges)
    return tuple(Frozen(text, (0, 0)) for text in texts)


def _ends(text: str) -> tuple[str, str]:
    """The first and the last name of a range; a name alone is both."""
    first, dots, last = (part.strip() for part in text.partition(RANGE))
    return first, last if dots else first


def _places(nodes: Sequence[Node]) -> dict[str, list[int]]:
    """By the name of a layer, a group or a block the places of its nodes, in order."""
    found: dict[str, list[int]] = {}
    for place, node in enumerate(nodes):
        for name in {node.name, *node.parts, *node.block}:
            found.setdefault(name, []).append(place)
    return found
