"""What a check says about networks that do not fit: every case a file, a diagram and the findings as they are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

import shapecalc
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.display.style import Style
from shapecalc.pipeline import check_networks
from shapecalc.renderers import output_format

CASES = sorted((Path(__file__).parent / "cases" / "check").glob("*.txt"))
RULE = "\n----\n"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_findings(path: Path, refresh: bool) -> None:
    diagram = path.read_text(encoding="utf-8").partition(RULE)[0].rstrip("\n")
    shown = output_format("text").render(check_networks(Source("net.txt", diagram)), Style(quiet=True, notes=True))
    if refresh:
        path.write_text(f"{diagram}{RULE}{shown}", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == f"{diagram}{RULE}{shown}"


def test_the_help_of_a_finding_is_true() -> None:
    """Every fix that is offered is written into the text, and the finding is gone."""
    tried = 0
    for path in CASES:
        diagram = path.read_text(encoding="utf-8").partition(RULE)[0]
        for diagnostic in shapecalc.check(diagram).diagnostics:
            if diagnostic.code != "SHP201":
                continue
            for fix in diagnostic.fixes:
                repaired = diagram
                for edit in sorted(fix.edits, key=lambda e: e.span, reverse=True):
                    repaired = repaired[: edit.span[0]] + edit.content + repaired[edit.span[1] :]
                again = shapecalc.check(repaired).diagnostics
                assert diagnostic.message not in [d.message for d in again], (path.stem, fix)
                tried += 1
    assert tried >= 8


@pytest.mark.parametrize(
    "text",
    [
        "INPUT(10x10x3) => POOL(F=3, S=2, P=2): 5x5x3",
        "INPUT(9x9x3) => CONV(4, F=3) => POOL(P=3, F=4, S=2): 3x3x4",
    ],
)
def test_a_claim_that_fails_is_an_error_where_no_other_one_says_so(text: str) -> None:
    errors = [d.code for d in shapecalc.check(text).diagnostics if d.severity == "error"]
    assert errors == ["SHP301"]


def test_a_claim_is_not_hidden_by_an_error_that_was_made_a_warning() -> None:
    text = "INPUT(8x8x3) => CONV(4, F=3, S=2): 4x4x4"
    assert [d.code for d in shapecalc.check(text).diagnostics] == ["SHP201"]
    report = shapecalc.check(text, severity={"SHP201": "warning"})
    assert [(d.code, d.severity) for d in report.diagnostics] == [("SHP201", "warning"), ("SHP301", "error")]
    assert not report.ok
