"""Holds a report against a run of its network in NumPy: every figure of every layer, and the totals."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from shapecalc.graph import Graph
from shapecalc.reference import Array, Unrunnable
from shapecalc.report import Report, Row
from shapecalc.running.dependence import Seen, disagreement, walk
from shapecalc.running.execute import LayerFailed, Step, execute
from shapecalc.running.poison import LONGEST, Covered, along, coverage, key
from shapecalc.running.seeding import SeededWeights, random_image

Status = Literal["holds", "differs", "skipped"]
Progress = Callable[[int, str], None]
"""Told how many layers are done, and the name of the one that is next."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One figure: what the report says, and what the run found."""

    what: str
    said: str | int
    found: str | int
    skipped: str = ""
    """Why nothing was found, if so."""

    @property
    def status(self) -> Status:
        """Whether they agree."""
        if self.skipped:
            return "skipped"
        return "holds" if self.said == self.found else "differs"


@dataclass(frozen=True, slots=True)
class LayerProofs:
    """All that was proved of one layer."""

    row: Row
    proofs: tuple[Proof, ...]

    @property
    def differing(self) -> tuple[Proof, ...]:
        """Proofs that failed."""
        return tuple(p for p in self.proofs if p.status == "differs")


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of a whole report."""

    report: Report
    layers: tuple[LayerProofs, ...]
    totals: tuple[Proof, ...]
    seed: int
    batch: int
    seconds: float
    absent: str = ""
    """The layer that has no forward, if one has none; what lies behind it was not run."""

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
    def proved(self) -> int:
        """How many figures were found to hold."""
        every = [*self.totals, *(p for layer in self.layers for p in layer.proofs)]
        return sum(p.status == "holds" for p in every)


class NotVerifiable(ValueError):
    """There is nothing to verify: a volume is unknown, or a given image does not fit."""


def images_for(report: Report, seed: int, given: Array | Literal["zeros"] | None = None) -> dict[int, Array]:
    """An image for every INPUT by its index: random, zeros, or the one given (without a batch axis or with one).

    Raises NotVerifiable for one of another shape or of values that are not finite numbers.
    """
    graph = _graph(report)
    starts = {node.index: tuple(getattr(node.layer, "size")) for node in graph.nodes if not node.inputs}  # noqa: B009
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
    starts = [node for node in _graph(report).nodes if not node.inputs]
    if len(starts) > 1:
        raise NotVerifiable(f"one image is given, and the network has {len(starts)} inputs")
    sizes = tuple(getattr(starts[0].layer, "size"))  # noqa: B009
    if dtype.kind not in "fiub" and not dtype.hasobject:
        raise NotVerifiable(f"the image has values of type {dtype}, not numbers")
    batched = (1, *shape) if len(shape) == len(sizes) else shape
    if not dtype.hasobject and (batched[1:] != sizes or not batched[0]):
        found = "x".join(map(str, shape)) or "a single number"
        shown = "x".join(map(str, sizes))
        raise NotVerifiable(f"the image is {found}, and the input is {shown} (width, height, channels)")
    return batched[0]


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
    weights: SeededWeights | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Runs the network of a report and compares every figure with what happened.

    Weights are made in the shapes that the report states; the run demands them in the shapes that its arrays need.
    Totals hold for the batch of the report's conventions and for float32. Raises NotVerifiable, MemoryError.
    """
    graph = _graph(report)
    started = time.perf_counter()
    images = images if images is not None else images_for(report, seed)
    weights = weights or SeededWeights(report.rows, seed)
    batch = len(next(iter(images.values())))
    layers: list[LayerProofs] = []
    sums = _Sums()
    failed: LayerFailed | None = None
    poisoned = _Poisoned(graph, report.rows)
    try:
        for step in execute(graph, weights, images):
            row = report.rows[step.node.index]
            if progress:
                progress(step.node.index, step.node.name)
            sums.add(step)
            layers.append(LayerProofs(row, (*_run_proofs(row, step, batch), *poisoned.proofs(row))))
    except LayerFailed as problem:
        failed = problem
        row = report.rows[problem.node.index]
        layers.append(LayerProofs(row, (Proof("output", str(row.output), f"cannot be run: {problem.reason}"),)))
    totals = () if failed else _total_proofs(report, sums)
    absent = f"{failed.node.name} ({failed.node.text})" if failed and failed.absent else ""
    return Verification(report, tuple(layers), totals, seed, batch, time.perf_counter() - started, absent)


def _graph(report: Report) -> Graph:
    if report.graph is None or not report.rows or any(row.output is None for row in report.rows):
        raise NotVerifiable("a volume is unknown")
    return report.graph


@dataclass
class _Sums:
    """What was counted and kept over all layers."""

    trained: int = 0
    running: int = 0
    weight_bytes: int = 0
    macs: int = 0
    kept: int = 0
    peak: int = 0

    def add(self, step: Step) -> None:
        for used in step.run.fitted:
            self.trained += used.size * used.trained
            self.running += used.size * (not used.trained)
            self.weight_bytes += used.given.nbytes if used.fits else 4 * used.size
        self.macs += step.run.tally.macs
        self.kept += step.kept
        self.peak = max(self.peak, step.alive)


def _total_proofs(report: Report, sums: _Sums) -> tuple[Proof, ...]:
    stated = report.totals
    assert stated is not None
    memory = stated.memory
    figures = (
        ("parameters", stated.params, sums.trained),
        ("running statistics", stated.buffers, sums.running),
        ("MACs", stated.macs, sums.macs),
        ("bytes of parameters", memory.parameters, sums.weight_bytes),
        ("bytes of forward", memory.forward, sums.kept),
        ("bytes at the peak of inference", memory.inference_peak, sums.weight_bytes + sums.peak),
    )
    return tuple(Proof(what, _known(said), found) for what, said, found in figures)


def _known(figure: int | None) -> str | int:
    return "unknown" if figure is None else figure


def _run_proofs(row: Row, step: Step, batch: int) -> list[Proof]:
    """Shape, weights, work and bytes of one layer, and that its output is finite."""
    fitted = step.run.fitted
    trained = sum(used.size for used in fitted if used.trained)
    running = sum(used.size for used in fitted if not used.trained)
    proofs = [
        Proof("output", str(row.output), "x".join(map(str, step.output.shape[1:]))),
        Proof("parameters", _known(row.params), trained),
        Proof("running statistics", _known(row.buffers), running),
        Proof("MACs", _known(None if row.macs is None else row.macs * batch), step.run.tally.macs),
        Proof("bytes", _known(None if row.allocated is None else 4 * row.allocated * batch), step.kept),
    ]
    for name, array in step.weights.items():
        uses = [used for used in fitted if used.given is array]
        shape = "x".join(map(str, array.shape))
        found = " and ".join("x".join(map(str, used.demanded)) for used in uses) or "not used"
        proofs.append(Proof(f"shape of {name}", shape, found))
    finite = bool(np.isfinite(step.output).all())
    return [*proofs, Proof("values", "finite", "finite" if finite else "not finite")]


class _Poisoned:
    """Proofs by poisoning, which need no weights and are the same for the same layer on the same size."""

    def __init__(self, graph: Graph, rows: tuple[Row, ...]) -> None:
        self.rank = max(len(row.output.spatial) for row in rows if row.output)
        self.seen: list[dict[int, Seen]] = [walk(graph, rows, axis) for axis in range(self.rank)]
        starts = [row.output.spatial for row in rows if row.output and not row.node.inputs]
        self.wholes = {tuple((0, size - 1) for size in spatial) for spatial in starts}
        """First and last position of every INPUT, axis by axis."""
        self.covered: dict[tuple[object, ...], Covered | str] = {}

    def proofs(self, row: Row) -> list[Proof]:
        """The tiling of the layer's windows, where they stand, and its receptive field."""
        return [*self._tiling(row), *self._field(row)]

    def _tiling(self, row: Row) -> list[Proof]:
        layer, volume = row.node.layer, row.inputs[0] if row.inputs else None
        if not row.tilings or layer is None or volume is None:
            return []
        found = [self._covered(along(layer, a, len(volume.spatial)), n) for a, n in enumerate(volume.spatial)]
        said = "x".join(str(t.unread) for t in row.tilings)
        kinds = " ".join(dict.fromkeys(t.kind for t in row.tilings))
        reasons = [f for f in found if isinstance(f, str)]
        if reasons:
            return [Proof("tiling", kinds, "", skipped=reasons[0])]
        axes = [f for f in found if isinstance(f, Covered)]
        reach = layer.reach(volume)
        stand = [
            _misplaced(axis, r.step, r.low, r.high, n, t.after)
            for axis, r, n, t in zip(axes, reach, volume.spatial, row.windows, strict=True)
        ]
        return [
            Proof("tiling", kinds, " ".join(dict.fromkeys(axis.kind for axis in axes))),
            Proof("unread", said, "x".join(str(axis.unread) for axis in axes)),
            Proof("windows", "read where they stand", next(filter(None, stand), "read where they stand")),
        ]

    def _covered(self, layer: object, size: int) -> Covered | str:
        what = (*key(layer), size)  # type: ignore[arg-type]
        if what not in self.covered:
            if size > LONGEST:
                self.covered[what] = f"an axis of {size:,} positions is too long to be poisoned"
            else:
                try:
                    self.covered[what] = coverage(layer, size)  # type: ignore[arg-type]
                except (Unrunnable, ValueError) as problem:
                    self.covered[what] = f"the layer cannot be run on one channel: {problem}"
        return self.covered[what]

    def _field(self, row: Row) -> list[Proof]:
        layer, field = row.node.layer, row.field
        if layer is None or not row.node.inputs:
            return []
        if field is None:
            return [Proof("receptive field", "unknown", "", skipped="the report states none")]
        local = field.status in ("exact", "outer bounds")
        said = "x".join(str(axis.size) for axis in field.axes) if local else field.status
        seen = [along.get(row.node.index) for along in self.seen[: len(field.axes)]]
        if field.status == "mixed" or any(s is None for s in seen):
            return [Proof("receptive field", said, "", skipped="what lies before cannot be followed")]
        if field.status == "whole input":
            reads_all = not layer.sees_everything or all(s is not None and s.everything for s in seen)
            if tuple(axis.at(0) for axis in field.axes) not in self.wholes:
                return [Proof("receptive field", "x".join(str(axis.size) for axis in field.axes), said)]
            return [Proof("receptive field", said, said if reads_all else "part of what arrives")]
        exact = field.status == "exact"
        pairs = zip(field.axes, seen, strict=True)
        wrong = [disagreement(f, s, exact=exact) for f, s in pairs if s is not None]
        return [Proof("receptive field", said, next(filter(None, wrong), said))]


def _misplaced(axis: Covered, step: object, low: object, high: object, size: int, after: int) -> str:
    """Which output does not read from where to where it is said to; empty if all do."""
    for o, (first, last) in enumerate(axis.steps):
        start, stop = step * o + low, step * o + high  # type: ignore[operator]
        if first != start or (last != stop and not last < stop >= size + after):
            return f"output {o} reads {first} to {last}, not {start} to {stop}"
    return ""
