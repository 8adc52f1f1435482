"""Fixes of rules of thumb: each was tried, does what it says, and is offered only where a text means one layer."""

from __future__ import annotations

import pytest

import shapecalc
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.passes.report import CheckedNetwork
from shapecalc.rules.catalogue import NEWEST, RULESETS, all_rules
from shapecalc.rules.rule import Rule

THUMB = [rule for rule in all_rules() if rule.code.startswith("SHP4") and rule.checks()]


def reported(text: str, code: str) -> tuple[CheckedNetwork, list[Diagnostic]]:
    report = shapecalc.check(text, select=[code], preview=True)
    return report, [d for d in report.diagnostics if d.code == code]


@pytest.mark.parametrize("rule", THUMB, ids=lambda rule: rule.name)
def test_a_fix_of_an_example_makes_its_diagnostic_go_and_no_error_come(rule: Rule) -> None:
    for example in rule.bad:
        assert isinstance(example, str)
        report, found = reported(example, rule.code)
        assert found, example
        for fix in (fix for diagnostic in found for fix in diagnostic.fixes):
            after, left = reported(fix.applied_to(example), rule.code)
            assert len(left) < len(found), fix
            assert after.severities.count("error") <= report.severities.count("error"), fix
            assert fix.effect is not None
            assert report.totals is not None
            assert after.totals is not None
            assert fix.effect.params == (after.totals.params or 0) - (report.totals.params or 0)


def test_most_rules_of_the_default_have_a_fix() -> None:
    fixed = {r.code for r in THUMB for text in r.bad if any(d.fixes for d in reported(str(text), r.code)[1])}
    usual = {code for code in RULESETS[NEWEST] if code.startswith("SHP4")}
    # Which layer was meant to read it, or to be frozen, nobody knows.
    assert usual - fixed == {"SHP407", "SHP408", "SHP445"}
    assert len(fixed) >= 15


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("SHP402", "INPUT(8x8x3) => CONV(4, 3) => DO(0) => FC(10)", "INPUT(8x8x3) => CONV(4, 3) => FC(10)"),
        ("SHP402", "INPUT(8x8x3)  # c\n=> POOL(1) => RELU  # d\n", "INPUT(8x8x3)  # c\n=> RELU  # d\n"),
        ("SHP403", "INPUT(8x8x3) => FC(9)\n=> RELU\n=> RELU\n=> FC(5)\n", "INPUT(8x8x3) => FC(9)\n=> RELU\n=> FC(5)\n"),
        ("SHP404", "INPUT(8x8x3) => BN -> BN -> FC(2)", "INPUT(8x8x3) => BN -> FC(2)"),
        ("SHP406", "INPUT(8x8x3) => FC(9) => SOFTMAX => DO(0.5)", "INPUT(8x8x3) => FC(9) => DO(0.5) => SOFTMAX"),
        ("SHP410", "INPUT(8x8x3) => FC(9) => FC(5)", "INPUT(8x8x3) => FC(9) => RELU => FC(5)"),
        ("SHP412", "INPUT(8x8x3) => FC(9) => RELU => SOFTMAX", "INPUT(8x8x3) => FC(9) => SOFTMAX"),
        ("SHP416", "INPUT(8x8x3) => FC(9) => DO(0.8)", "INPUT(8x8x3) => FC(9) => DO(0.5)"),
        (
            "SHP418",
            "INPUT(8x8x3) => CONV(4, 3) => CONV(8, F=7, P=3)",
            "INPUT(8x8x3) => CONV(4, 3) => [CONV(8, F=3, P=1) => RELU]*2 => CONV(8, F=3, P=1)",
        ),
        ("SHP420", "INPUT(8x8x3) => CONV(4, F=3)", "INPUT(8x8x3) => CONV(4, F=3, P=1)"),
        (
            "SHP427",
            "INPUT(64x64x3) => CONV(64, F=3, P=1) => RELU => FC(512)",
            "INPUT(64x64x3) => CONV(64, F=3, P=1) => RELU => GAP => FC(512)",
        ),
        ("SHP440", "INPUT(8x8x3) => CONV(4) => RELU => POOL(2)", "INPUT(8x8x3) => CONV(4) => POOL(2) => RELU"),
    ],
)
def test_what_a_fix_writes(code: str, text: str, expected: str) -> None:
    (diagnostic,) = reported(text, code)[1]
    assert [fix.applied_to(text) for fix in diagnostic.fixes] == [expected]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("SHP403", "INPUT(8x8x3) => [RELU => RELU]*2 => FC(5)"),
        ("SHP403", "INPUT(8x8x3) => RELU => RELU: 8x8x3 => FC(5)"),
        ("SHP403", "INPUT(8x8x3) => RELU => RELU as a => FC(5)\n@a => FC(2)"),
        ("SHP404", "block b = BN => BN\nINPUT(8x8x3) => b => b => FC(5)"),
        ("SHP420", "INPUT(8x8x3) => CONV(4, F=3): 6x6x4 => FC(5): 1x1x5, params=725"),
    ],
)
def test_no_fix_is_offered_where_it_would_change_more_or_break_a_claim(code: str, text: str) -> None:
    found = reported(text, code)[1]
    assert found
    assert not any(diagnostic.fixes for diagnostic in found)
