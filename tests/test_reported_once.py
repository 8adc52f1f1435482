"""One cause, one message: where two rules speak of the same layer for one reason, the one that says why is kept."""

from __future__ import annotations

import pytest

import shapecalc

TWO_RULES = {
    "INPUT(100x40) => LSTM(64, return_sequences=True) => Dense(10)": ["SHP126"],
    "INPUT(100x40) => nn.LSTM(40, 64, batch_first=True) => nn.Linear(64, 10)": ["SHP126"],
    "INPUT(32x32x3) => CONV(3, 3, 64)": ["SHP123"],
    "INPUT(32x32x3) => CONV(3, 3, 3, 64)": ["SHP123"],
    "INPUT(14x14x8) => pool5(3, 2)": ["SHP125"],
    "INPUT(8x8x3) => ADD[ CONV(3) ] => FC(10)": ["SHP119"],
    "INPUT(196x768) => CLASSTOKEN => LN": ["SHP127"],
}


@pytest.mark.parametrize(("text", "codes"), TWO_RULES.items())
def test_a_cause_is_told_once(text: str, codes: list[str]) -> None:
    said = [d.code for d in shapecalc.check(text).diagnostics if d.code != "SHP501"]
    assert said == codes


@pytest.mark.parametrize(
    ("text", "kept", "left_out"),
    [
        ("INPUT(9x9x3) => POOL(3, S=2, P=2)", "SHP212", "SHP423"),
        ("INPUT(3x32x32) => CONV3-64", "SHP505", "SHP425"),
        ("INPUT(14x14x8) => pool5(3, 2)", "SHP125", "SHP424"),
        ("INPUT(64x64x3) => [CONV(16, F=3, P=1) => RELU]*4 => GAP => FC(10)", "SHP442", "SHP437"),
        ("INPUT(32x32x3) => CONV(3, 16) => FC(10)", "SHP123", "SHP419"),
    ],
)
def test_so_do_rules_of_thumb(text: str, kept: str, left_out: str) -> None:
    both = shapecalc.check(text, select=[kept, left_out], preview=True)
    alone = shapecalc.check(text, select=left_out, ignore=kept, preview=True)
    assert kept in {d.code for d in both.diagnostics}
    assert left_out not in {d.code for d in both.diagnostics}
    assert left_out in {d.code for d in alone.diagnostics}


def test_what_is_more_severe_is_told_as_well() -> None:
    said = shapecalc.check("INPUT(14x14x8) => pool5(3, 2)", strict=True).diagnostics
    assert {"SHP125", "SHP202"} <= {d.code for d in said}


def test_what_a_comment_ignores_tells_nothing() -> None:
    said = shapecalc.check("INPUT(32x32x3) => CONV(3, 3, 64)  # shapecalc: ignore[SHP123]").diagnostics
    assert "SHP203" in {d.code for d in said}


def test_the_last_step_is_asked_for_once() -> None:
    (said, *_) = shapecalc.check("INPUT(100x40) => LSTM(64, return_sequences=True) => Dense(10)").diagnostics
    assert "last=false" not in said.help[0]
    assert said.help[0].count("last=true") == 1
