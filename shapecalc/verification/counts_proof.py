"""Proofs by counting: shapes, weights, work and bytes of the arrays that were really made and multiplied."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from shapecalc.core.phrases import size_text
from shapecalc.numerics.toolkit import Fitted, Role
from shapecalc.passes.memory import im2col
from shapecalc.passes.report import Report, Row
from shapecalc.verification.execute import Step
from shapecalc.verification.memory_proof import TrainingRun
from shapecalc.verification.proof import Proof, known


def layer_proofs(row: Row, step: Step, batch: int) -> list[Proof]:
    """Shape, weights, work and bytes of one layer, and that its output is finite."""
    fitted = step.own
    weights, biases = _used_as("weight", fitted), _used_as("bias", fitted)
    proofs = [
        Proof("output", str(row.output), size_text(step.output.shape[1:])),
        Proof("activations", known(row.activations), step.output[0].size),
        Proof("parameters", known(row.params), weights + biases),
        Proof("trainable", known(row.trainable), 0 if row.frozen else weights + biases),
        Proof("weights", known(row.weights), weights),
        Proof("biases", known(row.biases), biases),
        Proof("running statistics", known(row.buffers), _used_as("running", fitted)),
        Proof("MACs", known(None if row.macs is None else row.macs * batch), step.run.counter.macs),
        Proof("bytes", known(None if row.allocated is None else 4 * row.allocated * batch), step.kept),
        *_im2col(row, step),
    ]
    stated = {weight.name: weight.shape for weight in row.used_arrays}
    for name, array in step.weights.items():
        uses = [used for used in step.run.fitted if used.given is array]
        found = " and ".join(size_text(used.demanded) for used in uses) or "not used"
        proofs.append(Proof(f"shape of {name}", size_text(stated[name]), found))
    finite = bool(np.isfinite(step.output).all())
    return [*proofs, Proof("values", "finite", "finite" if finite else "not finite")]


def _used_as(role: Role, fitted: list[Fitted]) -> int:
    return sum(used.size for used in fitted if used.role == role)


def _im2col(row: Row, step: Step) -> list[Proof]:
    """The buffer that gathers the windows: what was gathered, of layers that multiplied it."""
    expected = im2col(row)
    found = [size_text(slid) for slid in step.run.slid if step.run.counter.macs]
    if expected is None and not found:
        return []
    return [Proof("im2col", size_text(expected) if expected else "none", " and ".join(found) or "none")]


@dataclass
class Sums:
    """What was counted and kept over all layers."""

    used: dict[Role, int] = field(default_factory=lambda: {"weight": 0, "bias": 0, "running": 0})
    weight_bytes: int = 0
    macs: int = 0
    kept: int = 0
    peak: int = 0
    training: TrainingRun = field(default_factory=TrainingRun)

    def add(self, step: Step, row: Row) -> Proof:
        """Adds a layer; the proof of what it keeps for the backward pass, which hangs on those before it."""
        for fitted in step.own:
            self.used[fitted.role] += fitted.size
            self.weight_bytes += fitted.given.nbytes if fitted.fits else 4 * fitted.size
        self.macs += step.run.counter.macs
        self.kept += step.kept
        self.peak = max(self.peak, step.live)
        return Proof("bytes kept", known(row.kept), self.training.add(step, row))

    def proofs(self, report: Report) -> tuple[Proof, ...]:
        """The totals of a report, for the batch of its conventions."""
        stated = report.totals
        assert stated is not None
        memory, used = stated.memory, self.used
        trained = used["weight"] + used["bias"]
        training = self.training.training(report, self.weight_bytes)
        figures = (
            ("parameters", stated.params, trained),
            ("trainable", stated.trainable, self.training.trainable // 4),
            ("weights", stated.weights, used["weight"]),
            ("biases", stated.biases, used["bias"]),
            ("running statistics", stated.buffers, used["running"]),
            ("MACs", stated.macs, self.macs),
            ("FLOPs", stated.flops, self.macs + self.macs),
            ("activations", stated.activations, self.kept // 4),
            ("bytes of parameters", memory.parameters, self.weight_bytes),
            ("bytes of forward", memory.forward, self.kept),
            ("bytes kept", memory.kept, sum(self.training.kept.values())),
            (f"bytes of training with {report.conventions.optimizer}", memory.training, training),
            ("bytes at the peak of inference", memory.inference_peak, self.weight_bytes + self.peak),
        )
        return tuple(Proof(what, known(expected), found) for what, expected, found in figures)
