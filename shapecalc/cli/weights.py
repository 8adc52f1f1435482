"""The weights of the file that `shapecalc verify --weights` runs with."""

from __future__ import annotations

from shapecalc.cli.refused import Refused
from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.formats.read import open_weights
from shapecalc.passes.report import Report
from shapecalc.verification.stored_weights import StoredWeights, WeightsMissing, load_weights, runnable


def refuse_without_weights(report: Report) -> None:
    """Raises Refused, before anything is read, where the file has no weights or layers that cannot be run."""
    try:
        runnable(report)
    except WeightsMissing as problem:
        raise Refused(f"{report.name}: {problem}") from None


def file_weights(report: Report) -> StoredWeights:
    """All weights of a file. Raises Refused."""
    try:
        with open_weights(report.source) as load:
            return load_weights(report, load)
    except WeightsMissing as problem:
        raise Refused(f"{report.name}: {problem}") from None
    except Diagnosed as problem:
        raise Refused(problem.diagnostics[0].message) from None
