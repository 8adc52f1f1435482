"""What `?` may stand for: the values of open arguments with which a network has no error and keeps what it claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import prod

from shapecalc.core.parameters import Parameter
from shapecalc.core.phrases import counted
from shapecalc.core.record import Record, replace
from shapecalc.diagnostics.diagnostic import Span
from shapecalc.language import syntax
from shapecalc.language.walk import walk
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.report import Row
from shapecalc.passes.shapes import propagate
from shapecalc.registry import find_argument

MOST_TRIES = 20_000
"""Values that are tried, each with those before it that fit."""
MOST_WALKED, A_READING = 1_100_000, 100
"""Layers that are walked in all, some three seconds, and how many take as long as one that is read again."""
FROM_ZERO = frozenset({"P", "output_padding"})
"""Arguments whose smallest value is 0."""
WINDOW = frozenset({"F", "S", "P", "dilation", "output_padding"})
"""Arguments that are no larger than what a window slides over."""
NOMINAL, NOMINAL_SIDE = "1", "224"
"""What stands for an open value, and for an open side of an INPUT, until one is found."""

Unmet = Callable[[Graph, bool], set[str]]
"""What a network does not meet, or, where it is not whole, its first layers alone."""
Closed = Callable[[Sequence[int]], Graph | None]
"""The network with values in place of its open ones; None where they make no network."""


class TooManyCombinations(ValueError):
    """More combinations of open values than are tried."""


class OpenValue(Record):
    """An argument that is open."""

    layer: str
    argument: str
    span: Span


class Found(Record):
    """Every combination of values that fits; or what none of them meets, alone or together with the rest."""

    values: tuple[tuple[int, ...], ...]
    unmet: tuple[str, ...] = ()
    tried: int = 0


def holes_of(diagram: syntax.Diagram) -> list[syntax.Hole]:
    """The open values of a text, in its order."""
    found = {part.span: part for part in walk(diagram) if isinstance(part, syntax.Hole)}
    return [found[span] for span in sorted(found)]


def filled(text: str, holes: Sequence[syntax.Hole], values: Sequence[str]) -> tuple[str, list[Span]]:
    """The text with values in place of its open ones, and where they are.

    >>> from shapecalc.language.syntax import Hole
    >>> filled("CONV(K=?)", [Hole("?", (7, 8))], ["16"])
    ('CONV(K=16)', [(7, 9)])
    """
    parts, spans, at, length = [], [], 0, 0
    for hole, value in zip(holes, values, strict=True):
        start, end = hole.span
        parts += [text[at:start], value]
        length += start - at + len(value)
        spans.append((length - len(value), length))
        at = end
    return "".join([*parts, text[at:]]), spans


def nominal(hole: syntax.Hole) -> str:
    """What stands for an open value until one is found."""
    return NOMINAL if hole.text == "?" else hole.text.replace("?", NOMINAL_SIDE)


def arguments_at(graph: Graph, span: Span) -> Iterator[tuple[Node, Parameter]]:
    """The layers of which an argument is at a place in the text, each with the argument."""
    for node in graph.nodes:
        if node.call is None:
            continue
        signature = node.layer.signature
        for place, argument in enumerate(node.call.arguments):
            if argument.value.span == span:
                named = find_argument(type(node.layer), argument.name) if argument.name else None
                parameter = named or (signature[place] if argument.name is None and place < len(signature) else None)
                if parameter is not None:
                    yield node, parameter


def search(
    graph: Graph,
    spans: Sequence[Span],
    again: Closed,
    unmet: Unmet,
    up_to: int,
) -> tuple[list[OpenValue], Found]:
    """Tries every value from the smallest to `up_to`, or to the largest volume for what a window has.

    `graph` has nominal values at `spans`; `again` reads the text with others, where no layer has them as they are.
    Raises TooManyCombinations.
    """
    places = [[*arguments_at(graph, span)] for span in spans]
    opened = [
        OpenValue(at[0][0].name, at[0][1].letter, span) if at else OpenValue("", "?", span)
        for at, span in zip(places, spans, strict=True)
    ]
    search = _Search(graph, places, opened, again, unmet, up_to)
    search.one_by_one() if all(places) else search.together()
    return opened, search.found()


class _Search:
    """Combinations of values that fit, and what the others fail at."""

    def __init__(
        self,
        graph: Graph,
        places: Sequence[Sequence[tuple[Node, Parameter]]],
        opened: Sequence[OpenValue],
        again: Closed,
        unmet: Unmet,
        up_to: int,
    ) -> None:
        self.graph, self.places, self.opened = graph, places, opened
        self.again, self.unmet, self.up_to = again, unmet, up_to
        self.direct = not any(_others_follow(node, p) for at in places for node, p in at)
        self.fitting: list[tuple[int, ...]] = []
        self.failed: Counter[str] = Counter()
        self.failures = 0
        self.tries = 0
        walked = len(graph.nodes) * (1 if self.direct and all(places) else A_READING)
        self.most = min(MOST_TRIES, max(1, MOST_WALKED // walked))

    def together(self) -> None:
        """Reads the text with every combination."""
        ranges = self._ranges(self.graph)
        self._afford(prod(map(len, ranges)))
        for values in product(*ranges):
            if self._fits(self.again(values), whole=True):
                self.fitting.append(values)

    def one_by_one(self) -> None:
        """Gives values in the order of the layers: what fails before the next open one fails with all of its values.

        An argument of a layer neither adds layers nor takes any away.
        """
        first = [min(node.index for node, _ in at) for at in self.places]
        order = sorted(range(len(first)), key=lambda hole: first[hole])
        ends = [*(first[hole] for hole in order[1:]), len(self.graph.nodes)]
        waiting: list[tuple[tuple[int, ...], range]] = [((), self._ranges(self.graph)[order[0]])]
        while waiting:
            chosen, values = waiting.pop()
            self._afford(len(values) + sum(len(later) for _, later in waiting))
            depth, end, last = len(chosen), ends[len(chosen)], len(chosen) + 1 == len(order)
            for value in values:
                now = (*chosen, value)
                changed = self._given(dict(zip(order, now, strict=False)), end)
                # Read again, a nominal value of a later one may be what makes no network of it.
                unknown = changed is None and not last and not self.direct
                if not unknown and not self._fits(changed and _beginning(changed, end), whole=last):
                    continue
                if last:
                    self.fitting.append(tuple(now[order.index(hole)] for hole in range(len(order))))
                else:
                    wider = self._given(dict(zip(order, now, strict=False)), len(self.graph.nodes))
                    waiting.append((now, self._ranges(wider or self.graph)[order[depth + 1]]))

    def _ranges(self, graph: Graph) -> list[range]:
        """The values of each that are tried; those of a window end with the widest that one slides over."""
        rows, _ = propagate(graph)
        widest = max((n for row in rows for n in _slid_over(row)), default=1)
        most = [min(self.up_to, widest) if o.argument in WINDOW else self.up_to for o in self.opened]
        return [range(int(o.argument not in FROM_ZERO), n + 1) for o, n in zip(self.opened, most, strict=True)]

    def _given(self, values: dict[int, int], end: int) -> Graph | None:
        """The network with values of some in the layers before an index, and nominal ones of the others.

        A layer there has none that is still open: its values are valid together or not at all.
        """
        if self.direct:
            places = [[at for at in self.places[hole] if at[0].index < end] for hole in values]
            return _changed(self.graph, places, [*values.values()])
        return self.again([values.get(hole, int(NOMINAL)) for hole in range(len(self.places))])

    def _afford(self, more: int) -> None:
        """Raises TooManyCombinations where there are more tries than are made."""
        if self.tries + more > self.most:
            count = prod(map(len, self._ranges(self.graph)))
            many = counted(count, "combination") if count < 10**15 else "more than 10^15 combinations"
            raise TooManyCombinations(
                f"{counted(len(self.opened), 'open value has', 'open values have')} {many}, and "
                f"{counted(self.most, 'try is', 'tries are')} too few for {counted(len(self.graph.nodes), 'layer')}: "
                "write one of them, or a smaller --up-to"
            )

    def _fits(self, graph: Graph | None, *, whole: bool) -> bool:
        """Whether a network meets all."""
        self.tries += 1
        wrong = self.unmet(graph, whole) if graph is not None else {"the arguments are valid"}
        self.failed.update(wrong)
        self.failures += bool(wrong)
        return not wrong

    def found(self) -> Found:
        """What came of it."""
        unmet = () if self.fitting else tuple(_never(self.failed, self.failures))
        return Found(tuple(sorted(self.fitting)), unmet, self.tries)


def _slid_over(row: Row) -> Iterator[int]:
    """The sizes of a layer's output and of its padded input, along the axes."""
    yield from row.output.spatial if row.output else ()
    if row.arriving:
        yield from (n + w.before + w.after for n, w in zip(row.arriving.spatial, row.windows, strict=False))


def _beginning(graph: Graph, end: int) -> Graph:
    """The layers before an index, with their claims: what does not fit among them fits whatever comes later."""
    if end == len(graph.nodes):
        return graph
    claims = tuple(claim for claim in graph.claims if claim[0] < end)
    return replace(graph, nodes=graph.nodes[:end], claims=claims, settings=replace(graph.settings, expect=()))


def _never(failed: Counter[str], count: int) -> Iterator[str]:
    """What no combination meets; where each is met by some, all of them, as none meets them together."""
    always = sorted(what for what, times in failed.items() if times == count)
    yield from always or sorted(failed, key=lambda what: (-failed[what], what))


def _others_follow(node: Node, parameter: Parameter) -> bool:
    """Whether other arguments have defaults that depend on this one."""
    return parameter.letter == "F" and bool({"S", "P"} & set(node.assumed))


def _changed(graph: Graph, places: Sequence[Sequence[tuple[Node, Parameter]]], values: Sequence[int]) -> Graph | None:
    """The graph with other values of arguments; None where an argument cannot have one."""
    nodes = list(graph.nodes)
    for at, value in zip(places, values, strict=True):
        for node, parameter in at:
            try:
                changed = nodes[node.index].layer.changed(**{parameter.field: parameter.convert(value)})
            except ValueError:
                return None
            nodes[node.index] = replace(nodes[node.index], layer=changed)
    return replace(graph, nodes=tuple(nodes))
