"""What would make a published figure true: another way of counting, another variant of the network, another unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from shapecalc.language.figures import Figure
from shapecalc.passes.graph import Graph
from shapecalc.passes.other_tools import TOOLS, as_counted_by, work
from shapecalc.passes.report import Row
from shapecalc.passes.shapes import propagate
from shapecalc.transforms.variants import Variant, variants

KEYS = ("params", "weights", "macs", "flops", "activations", "memory")
"""Figures that can be reconciled."""
MOST_SHOWN = 3
"""Explanations of one figure."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One way to read a figure: of which variant of the network, counted how, in which unit."""

    variant: str
    convention: str
    value: int
    """What comes out."""
    holds: bool
    """Whether the figure is true then."""

    def __str__(self) -> str:
        how = f"{self.variant}, {self.convention}" if self.convention else self.variant
        return f"{how}: {self.value:,}"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A claimed figure, and what makes it true, the simplest first; the nearest that was tried where nothing does."""

    key: str
    figure: Figure
    explanations: tuple[Explanation, ...]
    nearest: Explanation | None


def reconcile(graph: Graph, claims: Sequence[tuple[str, Figure]], value_bytes: int) -> list[Reconciled]:
    """Every claim with what makes it true. `value_bytes` is the size of a value, for memory."""
    known = []
    for variant in variants(graph):
        rows, problems = propagate(variant.of(graph))
        if not problems and all(row.output is not None for row in rows):
            known.append((variant, [row for row in rows if row.node.index not in variant.left_out]))
    return [_reconciled(key, figure, known, value_bytes) for key, figure in claims]


def _reconciled(
    key: str, figure: Figure, known: Sequence[tuple[Variant, Sequence[Row]]], value_bytes: int
) -> Reconciled:
    found: list[tuple[int, Explanation]] = []
    for (place, (variant, rows)), (scale, (unit, factor)) in product(enumerate(known), enumerate(_units(figure))):
        for rank, (convention, value) in enumerate(_values(key, rows, value_bytes).items()):
            said = ", ".join(part for part in (convention, unit) if part)
            # One change is simpler than two, and no one rounds to powers of two where something else explains a figure.
            changes = (place > 0) + (rank > 0) + 3 * scale
            explanation = Explanation(variant.says, said, value, figure.holds(Fraction(value) / factor))
            found.append((1000 * changes + 10 * place + rank, explanation))
    found.sort(key=lambda one: one[0])
    true = [(cost // 1000, explanation) for cost, explanation in found if explanation.holds]
    simplest = [explanation for changes, explanation in true if changes == true[0][0]]
    nearest = min((e for _, e in found), key=lambda e: abs(e.value - figure.value), default=None)
    return Reconciled(key, figure, tuple(simplest[:MOST_SHOWN]), nearest)


def _units(figure: Figure) -> Iterator[tuple[str, Fraction]]:
    """What a suffix may stand for besides a power of ten; bytes have both readings already."""
    yield "", Fraction(1)
    suffix = figure.text.strip()[-1:].upper()
    power = " KMGT".find(suffix) if suffix.isalpha() else 0
    if power > 0 and not figure.unit:
        yield f"where {suffix} is 2^{10 * power}", Fraction(1024**power, 1000**power)


def _values(key: str, rows: Sequence[Row], value_bytes: int) -> dict[str, int]:
    """A figure under every convention, the plain one first (whose name is empty)."""
    match key:
        case "params" | "weights":
            return dict(_parameters(key, rows))
        case "macs" | "flops":
            return dict(_work(key, rows))
    values = sum(row.output.size for row in rows if row.output and not row.in_place)
    everything = sum(row.output.size for row in rows if row.output)
    unit = value_bytes if key == "memory" else 1
    return {
        "": values * unit,
        "with every layer's output": everything * unit,
        "twice, for the backward pass": 2 * values * unit,
    }


def _parameters(key: str, rows: Sequence[Row]) -> Iterator[tuple[str, int]]:
    weights, biases = sum(row.weights or 0 for row in rows), sum(row.biases or 0 for row in rows)
    buffers = sum(row.buffers or 0 for row in rows)
    plain = weights + biases if key == "params" else weights
    yield "", plain
    yield ("without biases", weights) if key == "params" else ("with biases", weights + biases)
    if buffers:
        yield "with the running statistics of the normalisations", plain + buffers
        scales = sum(a.size for row in rows for a in row.weight_arrays if a.role in ("scale", "shift"))
        yield "without normalisations", plain - scales


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
