"""Two networks beside each other: which layer of one is which of the other, and what differs."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import add, attrgetter

from shapecalc.core.phrases import common_ends
from shapecalc.passes.receptive_field import network_field
from shapecalc.passes.report import CheckedNetwork, Row, Totals

MOST_CELLS = 1_000_000
"""Pairs of layers that are weighed; larger networks are aligned by the running numbers of their kinds."""
SAME_KIND, SAME_OUTPUT, SAME_DEPTH, SAME_CALL = 2, 3, 1, 2
"""What it is worth to pair two layers: nothing without the same kind, or where one gives a single position."""

Figure = Callable[[Row], int | None]


OF_LAYERS: dict[str, Figure] = {
    **{key: attrgetter(key) for key in ("params", "macs", "activations", "kept")},
    "field": lambda row: row.field.longest if row.field else None,
}
"""What is compared of a layer, besides its volume; fields along their longest axis."""
IN_BYTES = ("forward", "kept", "training", "inference_peak")
OF_TOTALS: dict[str, Callable[[Totals], int | None]] = {
    **{key: attrgetter(key) for key in ("layers", "params", "macs", "activations")},
    **{key: attrgetter(f"memory.{key}") for key in IN_BYTES},
}
"""What is compared of whole networks, besides their fields."""


@dataclass(frozen=True)
class Pair:
    """A layer of one network and its partner in the other, or None where it has none."""

    a: Row | None
    b: Row | None

    @cached_property
    def differs(self) -> tuple[str, ...]:
        """What differs: `call`, `output`, and figures."""
        if self.a is None or self.b is None:
            return ("layer",)
        own = ("call",) * (not same_call(self.a, self.b)) + ("output",) * (self.a.output != self.b.output)
        return (*own, *(key for key, figure in OF_LAYERS.items() if figure(self.a) != figure(self.b)))

    def change(self, key: str) -> int | None:
        """How much more of a figure the second has, where a layer without a partner has all of it; None is unknown."""
        before, after = (OF_LAYERS[key](row) if row else 0 for row in (self.a, self.b))
        return None if before is None or after is None else after - before

    @property
    def name(self) -> str:
        """The layer's name in the second network, or in the first where only that has it."""
        row = self.b or self.a
        assert row is not None
        return row.name


@dataclass(frozen=True)
class NetworkComparison:
    """Two networks with their layers paired, in an order that is that of both."""

    a: CheckedNetwork
    b: CheckedNetwork
    pairs: tuple[Pair, ...]

    @cached_property
    def totals(self) -> dict[str, tuple[int | None, int | None]]:
        """Every figure of both as a whole."""
        a, b = figures_of(self.a), figures_of(self.b)
        return {key: (a[key], b[key]) for key in a}


OF_WINDOWS = ("K", "F", "S", "P")
"""Arguments that the windows and the volume show, however they are written."""


def same_call(a: Row, b: Row) -> bool:
    """Whether two layers do the same: CONV3-64 is CONV(64, 3, P=1)."""
    return a.text == b.text or (bool(a.windows) and _by_windows(a) == _by_windows(b))


def _by_windows(row: Row) -> Hashable:
    """What a layer does that slides windows: these, its volumes, and the arguments that neither shows."""
    layer = row.node.layer
    values = layer.arguments
    rest = [values[s.field] for s in layer.signature if s.letter not in OF_WINDOWS]
    return row.kind, row.windows, row.inputs, row.output, tuple(rest)


def figures_of(network: CheckedNetwork) -> dict[str, int | None]:
    """The figures of a network as a whole, by name; None is unknown."""
    totals = network.totals
    found = {key: figure(totals) if totals else None for key, figure in OF_TOTALS.items()}
    field = network_field(network.rows)
    return {**found, "field": field.longest if field else None}


def compare(a: CheckedNetwork, b: CheckedNetwork) -> NetworkComparison:
    """Pairs the layers of two networks: by the names that their authors gave, and between these by what they are.

    The order of both is kept. Between two names as many layers as possible are paired: of one kind, those with the
    same volume and the same call first.
    """
    pairs: list[Pair] = []
    done = [0, 0]
    for i, j in [*_named_alike(a.rows, b.rows), (len(a.rows), len(b.rows))]:
        pairs += _between(a.rows[done[0] : i], b.rows[done[1] : j])
        if i < len(a.rows):
            pairs.append(Pair(a.rows[i], b.rows[j]))
        done = [i + 1, j + 1]
    return NetworkComparison(a, b, tuple(pairs))


def _named_alike(a: Sequence[Row], b: Sequence[Row]) -> list[tuple[int, int]]:
    """Places of layers that their authors gave one name, as many as come in one order in both."""
    places = {row.name: at for at, row in enumerate(b) if row.node.is_named}
    return _in_order([(at, places[row.name]) for at, row in enumerate(a) if row.node.is_named and row.name in places])


def _in_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest choice of pairs whose second places increase as the first do.

    >>> _in_order([(0, 5), (1, 2), (2, 3), (3, 1)])
    [(1, 2), (2, 3)]
    >>> _in_order([(0, 1), (1, 2), (2, 0), (3, 3)])
    [(0, 1), (1, 2), (3, 3)]
    """
    ends: list[int] = []
    last: list[int] = []
    """Where the chain of each length ends that ends first."""
    before: list[int | None] = []
    for at, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else None)
        ends[length : length + 1], last[length : length + 1] = [place], [at]
    chain, here = [], last[-1] if last else None
    while here is not None:
        chain.append(pairs[here])
        here = before[here]
    return chain[::-1]


def _key(row: Row) -> Hashable:
    return row.kind, row.text, row.output, row.inputs


def _between(a: Sequence[Row], b: Sequence[Row]) -> list[Pair]:
    """Pairs two runs of layers."""
    head, tail = common_ends([*map(_key, a)], [*map(_key, b)])
    inner_a, inner_b = a[head : len(a) - tail], b[head : len(b) - tail]
    chosen = _best(inner_a, inner_b) if len(inner_a) * len(inner_b) <= MOST_CELLS else _by_number(inner_a, inner_b)
    last = map(Pair, a[len(a) - tail :], b[len(b) - tail :])
    return [*map(Pair, a[:head], b[:head]), *_filled(inner_a, inner_b, chosen), *last]


def _filled(a: Sequence[Row], b: Sequence[Row], chosen: Sequence[tuple[int, int]]) -> Iterator[Pair]:
    """The chosen pairs with the layers between them that have no partner, those of the first network first."""
    i = j = 0
    for at, other in [*chosen, (len(a), len(b))]:
        yield from (Pair(row, None) for row in a[i:at])
        yield from (Pair(None, row) for row in b[j:other])
        if at < len(a):
            yield Pair(a[at], b[other])
        i, j = at + 1, other + 1


class _Worths:
    """What it is worth to pair a layer with each of some others."""

    def __init__(self, others: Sequence[Row]) -> None:
        self._others = others
        self._of_kind: dict[Hashable, list[int]] = {}
        self._places: dict[Hashable, list[int]] = defaultdict(list)
        """Where layers are that have something in common."""
        for at, row in enumerate(others):
            for key in (*_volumes(row), *_calls(row)):
                self._places[key].append(at)

    def of(self, row: Row) -> list[int]:
        """Of a layer with each of the others."""
        kind = row.kind, row.output and row.output.positions == 1
        if kind not in self._of_kind:
            self._of_kind[kind] = [SAME_KIND * _may_pair(row, other) for other in self._others]
        worths = self._of_kind[kind].copy()
        same_call = {at for key in _calls(row) for at in self._places.get(key, ())}
        by_volume = ((self._places.get(key, ()), worth) for key, worth in _volumes(row).items())
        for places, worth in (*by_volume, (same_call, SAME_CALL)):
            for at in places:
                if worths[at]:
                    worths[at] += worth
        return worths


def _may_pair(a: Row, b: Row) -> bool:
    return a.kind == b.kind and not (a.output and b.output and (a.output.positions == 1) != (b.output.positions == 1))


def _volumes(row: Row) -> dict[Hashable, int]:
    """What is the same of layers that give the same volume, or depth, and what that is worth."""
    depth = row.output and row.output.depth
    return {("depth", depth): SAME_DEPTH, ("output", row.output): SAME_OUTPUT - SAME_DEPTH}


def _calls(row: Row) -> tuple[Hashable, ...]:
    """What is the same of layers that do the same."""
    return (row.text, _by_windows(row)) if row.windows else (row.text,)


def _best(a: Sequence[Row], b: Sequence[Row]) -> list[tuple[int, int]]:
    """The pairs in order that are worth most: the longest common subsequence, weighed."""
    table = [[0] * (len(b) + 1)]
    worths = _Worths(b)
    for row in a:
        above = table[-1]
        line = map(max, above[1:], map(add, above, worths.of(row)))
        table.append(list(accumulate(line, max, initial=0)))
    found: list[tuple[int, int]] = []
    i, j = len(a), len(b)
    while i and j:
        if table[i][j] == table[i - 1][j]:
            i -= 1
        elif table[i][j] == table[i][j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            found.append((i, j))
    return found[::-1]


def _by_number(a: Sequence[Row], b: Sequence[Row]) -> list[tuple[int, int]]:
    """The pairs of the first, second, … layer of each kind, as many as come in one order."""
    places: dict[Hashable, list[int]] = {}
    for at, row in enumerate(b):
        places.setdefault(row.kind, []).append(at)
    left = {kind: iter(found) for kind, found in places.items()}
    pairs = ((at, next(left[row.kind], None)) for at, row in enumerate(a) if row.kind in left)
    return _in_order([(i, j) for i, j in pairs if j is not None])
