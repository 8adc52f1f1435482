"""Compares a report with a run of its network in NumPy: every figure of every layer, and the totals."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from shapecalc.core.phrases import counted, size_text
from shapecalc.core.record import Record
from shapecalc.numerics.toolkit import Array
from shapecalc.passes.graph import Graph
from shapecalc.passes.report import Report, Row
from shapecalc.verification.counts_proof import Sums, layer_proofs
from shapecalc.verification.execute import LayerFailed, execute
from shapecalc.verification.proof import Proof
from shapecalc.verification.receptive_field_proof import ReceptiveFieldProofs
from shapecalc.verification.run_weights import SeededWeights, StoredWeights, random_image
from shapecalc.verification.windows_proof import WindowProofs

Progress = Callable[[int, str], None]
"""Called with how many layers are done, and the name of the last of them."""


class LayerProofs(Record):
    """All that was proved of one layer."""

    row: Row
    proofs: tuple[Proof, ...]
    failed: str = ""
    """Why the layer could not be run, if so."""

    @property
    def differing(self) -> tuple[Proof, ...]:
        """Proofs that failed."""
        return tuple(p for p in self.proofs if p.status == "differs")


class Verification(Record):
    """What became of a whole report."""

    report: Report
    layers: tuple[LayerProofs, ...]
    totals: tuple[Proof, ...]
    seed: int
    batch: int
    seconds: float
    absent: str = ""
    """The layer that has no forward, if one has none; what comes after it was not run."""
    stored: bool = False
    """It was run on the weights of the file."""

    def __repr__(self) -> str:
        """One line, for prompts: name, figures, layers, and whether all hold."""
        figures = f"{counted(self.proved, 'figure')} of {counted(len(self.layers), 'layer')} agree"
        return f"<Verification {self.report.name}: {figures}{f', {self.differing:,} differ' if self.differing else ''}>"

    @property
    def complete(self) -> bool:
        """Whether every layer could be run."""
        return len(self.totals) > 0

    @property
    def left_out(self) -> int:
        """How many figures could not be proved."""
        return sum(p.status == "skipped" for layer in self.layers for p in layer.proofs)

    @property
    def wrong(self) -> tuple[LayerProofs, ...]:
        """The layers with figures that do not hold, in order."""
        return tuple(layer for layer in self.layers if layer.differing)

    @property
    def ok(self) -> bool:
        """Whether every figure holds."""
        return not self.wrong and all(p.status != "differs" for p in self.totals)

    @property
    def differing(self) -> int:
        """How many figures do not hold."""
        return sum(p.status == "differs" for p in self.totals) + sum(len(layer.differing) for layer in self.wrong)

    @property
    def proved(self) -> int:
        """How many figures were found to hold."""
        every = [*self.totals, *(p for layer in self.layers for p in layer.proofs)]
        return sum(p.status == "holds" for p in every)


class NotVerifiable(ValueError):
    """There is nothing to verify: a volume is unknown, or a given image does not fit."""


class WrongShape(NotVerifiable):
    """A given image has other axes than the INPUT, or its axes in another order."""


def images_for(report: Report, seed: int, given: Array | Literal["zeros"] | None = None) -> dict[int, Array]:
    """An image for every INPUT by its index: random, zeros, or the one given (without a batch axis or with one).

    Raises NotVerifiable for one of another shape or of values that are not finite numbers.
    """
    starts = _starts(report)
    batch = report.conventions.batch
    if given is None:
        return {i: random_image(sizes, batch, seed + n) for n, (i, sizes) in enumerate(starts.items())}
    if isinstance(given, str):
        return {i: np.zeros((batch, *sizes), np.float32) for i, sizes in starts.items()}
    batch_of(report, given.shape, given.dtype)
    ((index, sizes),) = starts.items()
    return {index: _fitting(given, sizes)}


def batch_of(report: Report, shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """How many images an array of this shape holds. Raises NotVerifiable where it does not fit the one INPUT."""
    sizes, *others = _starts(report).values()
    if others:
        raise NotVerifiable(f"one image is given, and the network has {1 + len(others)} inputs")
    if dtype.kind not in "fiub":
        raise NotVerifiable(f"the image has values of type {dtype}, not numbers")
    batched = (1, *shape) if len(shape) == len(sizes) else shape
    if batched[1:] != sizes or not batched[0]:
        found = size_text(shape) or "a single number"
        shown = size_text(sizes)
        raise WrongShape(f"the image is {found}, and the input is {shown} (width, height, channels)")
    return batched[0]


def _starts(report: Report) -> dict[int, tuple[int, ...]]:
    """The sizes of every INPUT by its index. Raises NotVerifiable where a volume is unknown."""
    _graph(report)
    return {row.node.index: row.output.sizes for row in report.rows if row.output and not row.inputs}


def _fitting(given: Array, sizes: tuple[int, ...]) -> Array:
    image = given[None] if given.ndim == len(sizes) else given
    with np.errstate(over="ignore"):
        image = np.ascontiguousarray(image, np.float32)
    if not np.isfinite(image).all():
        raise NotVerifiable("the image has values that are not finite in float32")
    return image


def verify(
    report: Report,
    *,
    seed: int = 0,
    images: Mapping[int, Array] | None = None,
    weights: SeededWeights | StoredWeights | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Runs the network of a report and compares every figure with what happened.

    Weights are made in the shapes that the report states, or put into these where they are those of the file; the run
    demands them in the shapes that its arrays need.
    Totals hold for the batch of the report's conventions and for float32. Raises NotVerifiable, MemoryError.
    """
    graph = _graph(report)
    started = time.perf_counter()
    images = images if images is not None else images_for(report, seed)
    weights = weights or SeededWeights(report.rows, seed)
    batch = len(next(iter(images.values())))
    layers: list[LayerProofs] = []
    sums = Sums()
    failed: LayerFailed | None = None
    windows, receptive_fields = WindowProofs(), ReceptiveFieldProofs(graph, report.rows)
    try:
        for step in execute(graph, weights, images):
            row = report.rows[step.node.index]
            if progress:
                progress(step.node.index + 1, step.node.name)
            kept = sums.add(step, row)
            live = receptive_fields.live(report.rows[row.node.inputs[0]]) if row.node.inputs else ()
            read = (*windows.proofs(row, step.run, live), *receptive_fields.proofs(row))
            proofs = (*layer_proofs(row, step, batch), kept, *read)
            layers.append(LayerProofs(row, proofs))
            del step  # its weights, before the next ones are made
    except LayerFailed as problem:
        failed = problem
        row = report.rows[problem.node.index]
        proof = Proof("output", str(row.output), f"cannot be run: {problem.reason}")
        layers.append(LayerProofs(row, (proof,), problem.reason))
    totals = () if failed else sums.proofs(report)
    absent = f"{failed.node.name} ({failed.node.text})" if failed and failed.absent else ""
    seconds, stored = time.perf_counter() - started, isinstance(weights, StoredWeights)
    return Verification(report, tuple(layers), totals, seed, batch, seconds, absent, stored)


def _graph(report: Report) -> Graph:
    if report.graph is None or not report.rows or any(row.output is None for row in report.rows):
        raise NotVerifiable("a volume is unknown")
    for node in report.graph.nodes:
        if node.layer.opaque:
            raise NotVerifiable(f"{node.name} is opaque: the file does not say what it computes")
    return report.graph
