"""The samples as reports."""

from __future__ import annotations

from pathlib import Path

from shapecalc.check import check
from shapecalc.diagnostics import Source
from shapecalc.report import Report, Row

SAMPLES = Path(__file__).parents[1] / "samples"


def text_of(name: str) -> str:
    return (SAMPLES / f"{name}.net").read_text("utf-8")


def checked_sample(name: str, old: str = "", new: str = "") -> Report:
    """The report of a sample, perhaps with one piece of its text replaced everywhere."""
    text = text_of(name)
    assert old in text
    return check(Source(f"{name}.net", text.replace(old, new) if old else text))


def row_called(report: Report, name: str) -> Row:
    return next(row for row in report.rows if row.node.name == name)
