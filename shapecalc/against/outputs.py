"""Holds the outputs of a whole run, with layers writing over their inputs, against those of another program."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np

from shapecalc.core.record import Record
from shapecalc.numerics.toolkit import Array, Run
from shapecalc.passes.graph import Graph
from shapecalc.verification.execute import WeightsFor, execute

RELATIVE = 1e-3
"""How far an output may lie apart, as a part of its largest value."""
REPEATED = 4
"""How many times as far as the same layers in fresh memory, where those lie further apart themselves."""

Arrays = Mapping[int, Array]
"""By node: batch, spatial axes (width first), depth."""
Weights = Mapping[int, Mapping[str, Array]]
"""By node, then by name."""


class ComparedOutput(Record):
    """One output of the network here and there."""

    index: int
    name: str
    apart: float
    """The largest difference of a value; infinite for other shapes."""
    largest: float
    """The largest value."""
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether every value agrees within the tolerance."""
        return self.apart <= self.tolerance

    def as_object(self) -> dict[str, Any]:
        """The same for programs. A difference that is no number, as of other shapes, is null."""
        return {"index": self.index, "name": self.name} | compared_values(self.apart, self.largest, self.tolerance)

    @property
    def sentence(self) -> str:
        """The same for people."""
        if not self.ok:
            return f"whole run, {self.name}: values differ by {self.apart:.2g}, more than {self.tolerance:.2g}"
        grown = self.apart > RELATIVE * self.largest > 0
        why = ", as far as rounding errors grow in this network" if grown else ""
        within = f"within {self.apart:.2g} of {self.largest:.3g}{why} ({self.tolerance:.2g} allowed)"
        return f"whole run, {self.name}: values {within}"


def compared_values(apart: float, largest: float, tolerance: float) -> dict[str, Any]:
    """How far values lie apart, for programs."""
    numbers = {"largest_difference": apart, "largest": largest, "tolerance": tolerance}
    finite = {key: number if isfinite(number) else None for key, number in numbers.items()}
    return finite | {"ok": apart <= tolerance}


def compare_outputs(
    graph: Graph, weights: Weights, images: Arrays, theirs: Arrays, *, sound: bool
) -> tuple[ComparedOutput, ...]:
    """Runs a network as `verify` does, in memory that layers share, and compares what nothing reads with `theirs`.

    Layers compared one by one are given arrays of their own; here they are given each other's, and what is lost or
    written over in between shows at the end. Rounding errors add up over the layers: of the samples of up to 70
    million parameters and 6 GMACs, Inception v3 lay 4.4e-4 of its largest output apart and all others at most 3e-5,
    so 1e-3 of it is let pass. A normalisation of one position by running statistics may blow up errors tenfold, and
    several of them in a row beyond any bound: where the layers are `sound`, each by itself, a network whose outputs lie
    further apart is run in fresh memory too, and they may lie 4 times as far apart as they do then. Raises LayerFailed.
    """
    read = {source for node in graph.nodes for source in node.inputs}
    ends = [node for node in graph.nodes if node.inputs and node.index not in read]
    ours = run_shared(graph, lambda node, _: weights.get(node.owner, {}), images, {end.index for end in ends})
    found = {end.index: apart(ours[end.index], theirs[end.index]) for end in ends}
    largest = {end.index: largest_of(ours[end.index]) for end in ends}
    allowed = {index: RELATIVE * max(value, 1e-6) for index, value in largest.items()}
    if sound and not all(found[index] <= allowed[index] for index in found):
        again = _fresh(graph, weights, images)
        for index in found:
            allowed[index] = max(allowed[index], REPEATED * apart(again[index], theirs[index]))
    return tuple(
        ComparedOutput(end.index, end.name, found[end.index], largest[end.index], allowed[end.index]) for end in ends
    )


def run_shared(graph: Graph, weights: WeightsFor, images: Arrays, nodes: set[int]) -> dict[int, Array]:
    """What some nodes give in a run whose layers write over their inputs; the images stay what they are."""
    copies = {index: image.copy() for index, image in images.items()}
    return {s.node.index: s.output.copy() for s in execute(graph, weights, copies) if s.node.index in nodes}


def _fresh(graph: Graph, weights: Weights, images: Arrays) -> dict[int, Array]:
    """All volumes, none in the memory of another."""
    volumes: dict[int, Array] = {}
    for node in graph.nodes:
        arrays = [volumes[source].copy() for source in node.inputs] or [images[node.index].copy()]
        volumes[node.index] = np.array(node.layer.forward(Run(), weights.get(node.owner, {}), *arrays), order="C")
    return volumes


def largest_of(values: Array) -> float:
    """The largest value, whatever its sign."""
    return float(np.abs(values).max(initial=0.0))


def apart(mine: Array, other: Array) -> float:
    """The largest difference of a value; infinite for other shapes."""
    return largest_of(mine - other) if mine.shape == other.shape else float("inf")
