"""The weights of the file that `shapecalc verify --weights` runs with."""

from __future__ import annotations

from shapecalc.cli.refused import refusing
from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.formats.read import open_weights
from shapecalc.passes.report import Report
from shapecalc.verification.stored_weights import StoredWeights, WeightsMissing, load_weights, runnable


def refuse_without_weights(report: Report) -> None:
    """Raises Refused, before anything is read, where the file has no weights or layers that cannot be run."""
    with refusing(WeightsMissing, of=report.name):
        runnable(report)


def file_weights(report: Report) -> StoredWeights:
    """All weights of a file. Raises Refused."""
    with refusing(Diagnosed), refusing(WeightsMissing, of=report.name), open_weights(report.source) as load:
        return load_weights(report, load)
