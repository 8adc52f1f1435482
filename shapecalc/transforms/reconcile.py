"""What would make a published figure true: another way of counting, another variant of the network, another unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from shapecalc.core.record import Record
from shapecalc.language.figures import Figure
from shapecalc.passes.graph import Graph
from shapecalc.passes.memory import mark_in_place
from shapecalc.passes.other_tools import TOOLS, as_counted_by, work
from shapecalc.passes.report import Row
from shapecalc.passes.shapes import propagate
from shapecalc.transforms.variants import Variant, variants

KEYS = ("params", "weights", "macs", "flops", "activations", "memory")
"""Figures that can be reconciled."""
VALUE_BYTES = 4
"""Of a value where a figure is claimed in bytes."""
MOST_SHOWN = 3
"""Explanations of one figure."""
MOST_STEPS, STEPS_OF_UNLIKE = 200_000, 10
"""Layers that are looked at while variants are tried, about a second; one that is like no other takes longer."""


class Explanation(Record):
    """One way to read a figure: of which variant of the network, counted how, in which unit."""

    variant: str
    convention: str
    value: int
    """What comes out."""
    holds: bool
    """Whether the figure is true then."""

    def to_dict(self) -> dict[str, Any]:
        """The convention is null where it is shapecalc's own."""
        return {"variant": self.variant, "convention": self.convention or None, "value": self.value}

    def __str__(self) -> str:
        how = f"{self.variant}, {self.convention}" if self.convention else self.variant
        return f"{how}: {self.value:,}"


class Reconciled(Record):
    """A claimed figure, and what makes it true, the simplest first; the nearest that was tried where nothing does."""

    key: str
    figure: Figure
    explanations: tuple[Explanation, ...]
    nearest: Explanation | None
    untried: int = 0
    """Variants that were not tried, as the network is large."""

    def to_dict(self) -> dict[str, Any]:
        """As `shapecalc reconcile --format json` prints it."""
        return {
            "figure": self.key,
            "claimed": str(self.figure),
            "explained": bool(self.explanations),
            "explanations": [one.to_dict() for one in self.explanations],
            "nearest": self.nearest.to_dict() if self.nearest else None,
            "untried": self.untried,
        }


Known = tuple[Variant, Sequence[Row]]
"""A variant with its rows, those that are counted."""


def reconcile(graph: Graph, claims: Sequence[tuple[str, Figure]]) -> list[Reconciled]:
    """Every claim with what makes it true.

    Two changes at once are tried for a figure that is exact: one that is rounded is true of too many by chance.
    """
    single, trials = list(variants(graph)), _Trials(graph)
    known = list(trials.computed(single))
    found = [_reconciled(key, figure, known, trials.untried) for key, figure in claims]
    if not any(one.figure.exact and not one.explanations for one in found):
        return found
    pairs = [one.and_(other) for one, other in combinations(single[1:], 2) if _together(one, other)]
    both = [*known, *trials.computed(pairs)]
    return [
        one if one.explanations or not one.figure.exact else _reconciled(one.key, one.figure, both, trials.untried)
        for one in found
    ]


def _together(one: Variant, other: Variant) -> bool:
    """Whether two changes are of other kinds, and of other layers."""
    return one.family != other.family and not set(one.replaced) & (set(other.replaced) | other.left_out)


class _Trials:
    """Variants of a network, until as many layers were looked at as may be."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.left, self.untried = graph, MOST_STEPS, 0

    def computed(self, tried: Sequence[Variant]) -> Iterator[Known]:
        """Those of the variants that have a volume everywhere."""
        for variant in tried:
            if self.left <= 0:
                self.untried += 1
                continue
            graph = variant.of(self.graph)
            rows, problems = propagate(graph)
            mark_in_place(rows)
            self.left -= len(rows) + STEPS_OF_UNLIKE * len({row.like for row in rows})
            if not problems and all(row.output is not None for row in rows):
                yield variant, [row for row in rows if row.node.index not in variant.left_out]


def _reconciled(key: str, figure: Figure, known: Sequence[Known], untried: int) -> Reconciled:
    found: list[tuple[int, Explanation]] = []
    seen: set[tuple[str, str, int]] = set()
    for (place, (variant, rows)), (scale, (unit, factor)) in product(enumerate(known), enumerate(_units(figure))):
        for rank, (convention, value) in enumerate(_values(key, rows, figure.unit).items()):
            said = ", ".join(part for part in (convention, unit) if part)
            # Of inputs that give the same figure, one is enough.
            alike = variant.family or variant.says, said, value
            if alike in seen:
                continue
            seen.add(alike)
            # One change is simpler than two, and no one rounds to powers of two where something else explains a figure.
            changes = (place > 0) + (not variant.family and place > 0) + (rank > 0) + convention.count(", ") + 3 * scale
            explanation = Explanation(variant.says, said, value, figure.holds(Fraction(value) / factor))
            found.append((1000 * changes + 10 * place + rank, explanation))
    found.sort(key=lambda one: one[0])
    true = [(cost // 1000, explanation) for cost, explanation in found if explanation.holds]
    simplest = [explanation for changes, explanation in true if changes == true[0][0]]
    nearest = min((e for _, e in found), key=lambda e: abs(e.value - figure.value), default=None)
    return Reconciled(key, figure, tuple(simplest[:MOST_SHOWN]), nearest, untried)


def _units(figure: Figure) -> Iterator[tuple[str, Fraction]]:
    """What a suffix may stand for besides a power of ten; bytes have both readings already."""
    yield "", Fraction(1)
    suffix = figure.text.strip()[-1:].upper()
    power = " KMGT".find(suffix)
    if power > 0 and not figure.unit:
        yield f"where {suffix} is 2^{10 * power}", Fraction(1024**power, 1000**power)


def _values(key: str, rows: Sequence[Row], unit: str) -> dict[str, int]:
    """A figure under every convention, the plain one first (whose name is empty), in bytes where the claim is."""
    match key:
        case "params" | "weights":
            found = dict(_parameters(key, rows))
        case "macs" | "flops":
            return dict(_work(key, rows))
        case _:
            found = dict(_volumes(key, rows))
    if unit != "B":
        return found
    in_bytes = {name: VALUE_BYTES * value for name, value in found.items()}
    half = {f"{name} in 2 bytes a value".strip(): 2 * value for name, value in found.items()}
    return in_bytes | half


def _volumes(key: str, rows: Sequence[Row]) -> Iterator[tuple[str, int]]:
    values = sum(row.output.size for row in rows if row.output and not row.in_place)
    yield "", values
    yield "with every layer's output", sum(row.output.size for row in rows if row.output)
    yield "twice, for the backward pass", 2 * values
    if key == "memory":
        params = sum(row.params or 0 for row in rows)
        yield "of the parameters", params
        yield "of the parameters and running statistics", params + sum(row.buffers or 0 for row in rows)
        yield "of the volumes and the parameters", values + params


def _parameters(key: str, rows: Sequence[Row]) -> Iterator[tuple[str, int]]:
    weights, biases = sum(row.weights or 0 for row in rows), sum(row.biases or 0 for row in rows)
    buffers = sum(row.buffers or 0 for row in rows)
    plain = weights + biases if key == "params" else weights
    yield "", plain
    yield ("without biases", weights) if key == "params" else ("with biases", weights + biases)
    if not buffers:
        return
    yield "with the running statistics of the normalisations", plain + buffers
    normalising = [a for row in rows if row.buffers for a in row.weight_arrays]
    scales = sum(a.size for a in normalising if a.role == "scale")
    shifts = sum(a.size for a in normalising if a.role == "shift") if key == "params" else 0
    yield "without normalisations", plain - scales - shifts
    yield "without the scales of the normalisations", plain - scales
    yield "without the scales, with the running statistics of the normalisations", plain - scales + buffers


def _work(key: str, rows: Sequence[Row]) -> Iterator[tuple[str, int]]:
    macs = sum(row.macs or 0 for row in rows)
    yield "", macs if key == "macs" else 2 * macs
    yield ("as twice as many FLOPs", 2 * macs) if key == "macs" else ("as MACs", macs)
    counts = work(rows)
    if counts is not None:
        for tool in TOOLS:
            if tool != "shapecalc":
                yield f"as {tool} counts", as_counted_by(counts, tool)
    convolutions = sum(row.macs or 0 for row in rows if row.windows)
    yield "of convolutions alone", convolutions if key == "macs" else 2 * convolutions
