"""Calls of frameworks mean what they mean there, or are refused."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import Any

import pytest

import shapecalc

DATA = json.loads((Path(__file__).parent / "data" / "call_forms.json").read_text(encoding="utf-8"))


def of(text: str) -> tuple[shapecalc.Report, list[str]]:
    """The report of a text, and the codes of its errors and warnings."""
    report = shapecalc.check(text)
    return report, [d.code for d in report.diagnostics if d.severity != "note"]


def test_the_table_of_calls_is_large_and_made_with_named_versions() -> None:
    assert len(DATA["rows"]) >= 250
    assert set(DATA["made_with"]) == {"torch", "keras"}


@pytest.mark.parametrize("row", DATA["rows"], ids=lambda row: f"{row[0]} {row[1]}")
def test_a_call_gives_what_its_framework_gives(row: list[Any]) -> None:
    _framework, call, size, output, params, buffers = row
    report, codes = of(f"INPUT({'x'.join(map(str, size))}) => {call}")
    assert set(codes) <= {"SHP201", "SHP212"}, report.diagnostics
    last = report.layers[-1]
    if params or buffers:
        assert (report.totals.params, report.totals.buffers) == (params, buffers)
    else:
        assert (report.totals.params, report.totals.buffers) == (0, 0)
    flat = prod(output[:-1]) == 1 and last.output is not None and last.output.positions == 1
    assert last.output is not None
    assert last.output.sizes == tuple(output) or (flat and last.output.depth == output[-1])
