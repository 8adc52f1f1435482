"""What is wrong with a diagram that parses: every mistake has a code and a place, and is said once."""

from __future__ import annotations

import pytest

from shapecalc.core.parameters import Sizes, Word
from shapecalc.display.excerpt import render
from tests.test_language import codes, report


def test_a_fraction_where_a_whole_number_is_needed_is_shown() -> None:
    (diagnostic,) = [d for d in report("INPUT(4x4x1) => CONV(7/2)").diagnostics if d.severity == "error"]
    assert diagnostic.code == "SHP108"
    assert "3.5" in diagnostic.message


def test_a_cycle_of_blocks_is_named() -> None:
    (diagnostic,) = report("block a = b\nblock b = c\nblock c = a\nINPUT => a").diagnostics
    assert diagnostic.code == "SHP113"
    assert "a → b → c → a" in diagnostic.message


@pytest.mark.parametrize("part", ["[CONV(4)]*M", "CONV(M+1)", "[CONV(4)]*K"])
def test_a_value_outside_its_range_is_one_problem(part: str) -> None:
    assert codes(f"let M = 0..3\nlet K = M\nINPUT(8x8x3) => {part}", set={"M": -1}) == ["SHP118"]
    assert codes(f"let M = 0..3\nlet K = M\nINPUT(8x8x3) => {part}", set={"M": 4}) == ["SHP118"]
    assert codes(f"let M = 0..3\nlet K = M\nINPUT(8x8x3) => {part}", set={"M": 3}) == []


WRONG = [
    ("INPUT => CNV", "SHP101"),
    ("INPUT => CONV(kernl=3)", "SHP102"),
    ("INPUT => CONV(0)", "SHP103"),
    ("INPUT => CONV(-1)", "SHP103"),
    ("INPUT => CONV(64, F=0)", "SHP103"),
    ("INPUT => CONV(bias=perhaps)", "SHP103"),
    ("INPUT => DO(2)", "SHP103"),
    ("INPUT => POOL(mode=median)", "SHP103"),
    ("INPUT => CONV(64, K=3)", "SHP104"),
    ("INPUT => CONV(K=64, filters=64)", "SHP104"),
    ("INPUT => RESHAPE", "SHP105"),
    ("block b(c) = CONV(c)\nINPUT => b", "SHP105"),
    ("block b(c) = CONV(c)\nINPUT => b(1, 2)", "SHP106"),
    ("block b(c) = CONV(c)\nINPUT => b(d=1)", "SHP102"),
    ("INPUT => FC(1, true, 3)", "SHP106"),
    ("INPUT => CONV(n)", "SHP114"),
    ("INPUT => [CONV]*n", "SHP114"),
    ("INPUT => [CONV]*(1/2)", "SHP108"),
    ("INPUT => [CONV]*(0-1)", "SHP103"),
    ("INPUT => CONV(1/0)", "SHP116"),
    ("INPUT => CONV(2^1000)", "SHP116"),
    ("INPUT => INPUT", "SHP115"),
    ("INPUT => ADD[ | @nowhere]", "SHP111"),
    ("INPUT => CONV as a => CONV as a", "SHP112"),
    ("block conv(c) = CONV(c)\nINPUT => conv(3)", "SHP112"),
    ("block b = CONV\nblock B = RELU\nINPUT => b", "SHP112"),
    ("INPUT => ADD", "SHP119"),
    ("INPUT => ADD[CONV]", "SHP119"),
    ("INPUT => [CONV for a, b in (1, 2, 3)]", "SHP103"),
    ("INPUT => [CONV]*10^7", "SHP109"),
    ("INPUT => [[[CONV]*10^6]*10^6]*10^6", "SHP109"),
    ("INPUT => [CONV for i in 0..10^9]", "SHP109"),
    ("INPUT => CONV as a => POOL => @a", "SHP121"),
    ("INPUT => CONV as a\n[@a => RELU]*2", "SHP121"),
    ("INPUT => ADD[ RELU => INPUT | ]", "SHP115"),
    ("block e = CONV as y\nINPUT => e\n@y => FC", "SHP111"),
    ("INPUT => CONV as x\n@x: 7x7x7 => RELU", "SHP301"),
    ("INPUT => CONV => RELU*0: 9x9x9", "SHP301"),
    ("let N = 5\nINPUT => [CONV]*N\n0<=N<=3", "SHP118"),
    ("INPUT => [CONV]*2 => CONV(N)\n3<=N<=1", "SHP118"),
    ("let N = 3..0\nINPUT => [CONV]*N", "SHP118"),
    ("INPUT => CONV\n0<=N<=3", "SHP107"),
    ("let N = 2\nlet N = 3\nINPUT => CONV(N)", "SHP112"),
    ("INPUT => [CONV(a) for a, a in (1, 2)]", "SHP112"),
    ("block f(a, a) = CONV(a)\nINPUT => f(1, 2)", "SHP112"),
    ("---\nclasses: 0\n---\nINPUT => FC", "SHP118"),
    ("---\nclasses: 0-3\n---\nINPUT => FC", "SHP118"),
    ("INPUT => [CONV]*(3 > 2 > 1)", "SHP116"),
    ("INPUT => [CONV for i in 3..0]", "SHP116"),
    ("INPUT => SOFTMAX-10", "SHP101"),
    ("INPUT => BN1", "SHP101"),
    ("INPUT => CONV => LN2", "SHP101"),
    ("INPUT => CONV(8): output <= 5", "SHP118"),
    ("INPUT => CONV(8): volume=5 ± 1", "SHP118"),
    ("INPUT: volume=5M => CONV", "SHP118"),
    ("INPUT => CONV: arithmetic=3", "SHP117"),
    ("INPUT => FC-" + "9" * 5000, "SHP016"),
    ("INPUT => CONV: " + "9" * 5000 + "x3x3", "SHP016"),
    ("INPUT: " + "9" * 5000 + "x3x3", "SHP016"),
    ("INPUT => [CONV]*N\n0<=N<=" + "9" * 5000, "SHP016"),
    ("INPUT => POOL(" + "x".join("1" * 50_000) + ")", "SHP016"),
    ("INPUT => CONV(64, 3, same)", "SHP103"),
    ("INPUT => [CONV]*same", "SHP116"),
    ("let a = b\nlet b = 2\nINPUT => CONV(a)", "SHP107"),
    ("let N = N + 1\nINPUT => CONV(N)", "SHP107"),
    ("let same = 0\nINPUT => CONV(8, F=3, P=same)", "SHP112"),
    ("block b(same) = CONV(8, F=3, P=same)\nINPUT => b(1)", "SHP112"),
    ("INPUT(3x3x3) => [[[RELU*(i<0) for i in 0..99999] for j in 0..99999] for k in 0..9]", "SHP109"),
    ("", "SHP009"),
    ("# only a comment\n", "SHP009"),
    ("let N = 3", "SHP009"),
    ("[" * 100_000, "SHP012"),
    ("INPUT => CONV(" + "(" * 500 + "1" + ")" * 500 + ")", "SHP012"),
    ("INPUT => CONV(" + "1+" * 5000 + "1)", "SHP012"),
    ("INPUT => CONV" + "?" * 5000, "SHP012"),
    ("INPUT => CONV(" + "9" * 5000 + ")", "SHP016"),
]  # fmt: skip
"""Diagrams with an error each, and its code."""


def test_what_is_wrong_with_a_diagram_has_a_code_and_a_place() -> None:
    for text, code in WRONG:
        found = [d for d in report(text).diagnostics if d.severity == "error"]
        assert code in [d.code for d in found], found
        for diagnostic in found:
            assert 0 <= diagnostic.span[0] <= diagnostic.span[1] <= len(text)
            assert diagnostic.message
            assert not diagnostic.message.endswith(".")


def test_unknown_layers_leave_what_follows_unknown_and_silent() -> None:
    found = report("INPUT(8x8x1) => CNV(3) => CONV(4, F=99) => FC => POOL(5)")
    assert [d.code for d in found.diagnostics] == ["SHP101"]
    assert [str(r.output) for r in found.rows] == ["8x8x1", "None", "None", "None", "None"]
    assert found.totals is not None
    assert found.totals.params is None
    assert found.totals.unknown == 4


def test_one_mistake_in_a_repeat_is_said_once() -> None:
    assert codes("INPUT => [CNV => CONV(kernl=3)]*50") == ["SHP101", "SHP102"]


def test_every_range_of_a_name_holds() -> None:
    text = "let N = 0..3\nINPUT => [CONV]*N\n1<=N<=2"
    assert codes(text, set={"N": 3}) == ["SHP118"]
    assert codes(text, set={"N": 2}) == []
    assert codes("INPUT => [CONV]*N\n1<=N<=2, 0<=N<=5", set={"N": 0}) == ["SHP118"]


@pytest.mark.parametrize("value", [Word("abc"), Sizes((3, 3))])
def test_a_value_from_outside_that_is_no_number_is_refused(value: object) -> None:
    assert codes("INPUT => [CONV]*N\n0<=N<=3", set={"N": value}) == ["SHP118"]
    assert codes("INPUT => [CONV]*M", set={"M": value})[0] in ("SHP116", "SHP118")


def test_what_is_wrong_with_the_command_line_has_no_place_in_the_text() -> None:
    found = report("INPUT => CONV", set={"q": 3})
    assert render(found.diagnostics[0], found.source).splitlines()[1:] == [
        "  --> <text>",
        "  = help: leave the value of q out",
    ]


def test_a_block_that_nothing_uses_is_pointed_out() -> None:
    assert codes("block a = CONV\nblock b = a\nINPUT => CONV") == ["SHP120", "SHP120"]
    assert codes("block a = CONV\nblock b = a\nINPUT => [b]*0 => CONV") == []


def test_the_same_mistake_of_many_turns_is_said_once() -> None:
    assert codes("INPUT => [RELU for a, b in 0..4999]") == ["SHP103"]
    assert codes("INPUT => [CNOV]*800") == ["SHP101"]


def test_a_word_that_another_argument_takes_is_pointed_to_it() -> None:
    (found,) = report("INPUT(8x8x3) => CONV(64, 3, same)").diagnostics
    assert found.label == "did you mean P=same?"


def test_a_long_text_of_unknown_names_is_read_to_its_end() -> None:
    names = [f"CNV{a}{b}" for a in "abcdefghij" for b in "abcdefghij"]
    found = report("INPUT => " + " => ".join(names)).diagnostics
    assert [d.code for d in found] == ["SHP101"] * 20
    assert any("20 of 100" in note for d in found for note in (*d.notes, *d.help, d.message))


def test_a_size_is_one_value_of_a_loop() -> None:
    assert codes("INPUT(12x12x3) => [POOL(s, S=s) for s in 2x3, 3x2]") == []
