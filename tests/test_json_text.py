"""The JSON of a network is the same whether equal layers share their texts or each is written alone."""

from __future__ import annotations

from pathlib import Path

import pytest

import shapecalc
from shapecalc.core.record import replace
from shapecalc.display.json_text import json_text
from shapecalc.display.network_json import network_object, network_text
from shapecalc.passes.report import Report
from tests.samplefiles import each_sample

FOREIGN = Path(__file__).parent / "foreign"
TEXTS = {
    "equal layers": "INPUT(8x8x4) => [CONV(4, 3, P=1) => RELU]*3 => CONV(4, F=3, P=1) => FC(2)",
    "equal in Python alone": "INPUT(8x8x4) => LRELU(1) => LRELU(1.0) => CONV(4, bias=1) => CONV(4, bias=true)",
    "assumed and written": "INPUT(8x8x4) => CONV => CONV(64, 3, 1, 1) => CONV",
    "weights shared": "INPUT(8x8x4) => CONV(4, 3, P=1) as a => CONV(4, 3, P=1) shares a",
    "weights frozen": "---\nfreeze: a\n---\nINPUT(8x8x4) => CONV(4, 3, P=1) as a => CONV(4, 3, P=1)",
    "a layer that does not fit": "INPUT(8x8x4) => CONV(4, 3) => CONV(4, 99) => CONV(4, 3)",
    "other characters": "block größe = CONV(4, 3, P=1) as größe => RELU  # → \u202e\nINPUT(8x8x4) => größe",
}


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_equal_layers_share_what_each_would_have_alone(text: str, unicode: bool) -> None:
    report = shapecalc.check(text)
    assert network_text(report, unicode=unicode) == alone(report, unicode=unicode)


def alone(report: Report, *, unicode: bool = True) -> str:
    """The text of a network none of whose layers is known to equal another, through its object."""
    rows = tuple(replace(row, like=None) for row in report.rows)
    return json_text(network_object(replace(report, rows=rows)), unicode=unicode)


def the_same_both_ways(path: Path) -> bool:
    """Whether the two ways give one text for every network in a file or a folder."""
    reports = shapecalc.check_files(path)
    texts = [network_text(report, unicode=True) for report in reports]
    return bool(reports) and texts == [alone(report) for report in reports]


@pytest.mark.parametrize("sample", each_sample())
def test_samples_are_the_same_both_ways(sample: Path) -> None:
    assert the_same_both_ways(sample)


@pytest.mark.slow
def test_files_of_other_tools_are_the_same_both_ways() -> None:
    files = [path for path in sorted(FOREIGN.rglob("*")) if path.is_file() and path.suffix not in (".py", ".md")]
    assert all(map(the_same_both_ways, files))
