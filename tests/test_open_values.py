"""`shapecalc solve` where a text leaves values open: what it finds, compared with a check of every value."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product
from math import prod
from pathlib import Path

import pytest
from click.testing import CliRunner

import shapecalc
from shapecalc.cli import cli
from tests.test_solve import solved

OPEN = [
    ("INPUT(224x224x3) => CONV(96, F=11, S=4, P=?): 55x55x96", "P = 2 or 3"),
    ("INPUT(55x55x96) => POOL(F=?, S=2): 27x27x96", "F = 3"),
    ("INPUT(32x32x3) => CONV(K=?): 32x32x16 => FC(10)", "K = 16"),
    ("INPUT(32x32x3) => UPCONV(8, 4, S=?, P=1): 64x64x8", "S = 2"),
    ("INPUT(32x32x8) => CONV(12, 3, groups=?)", "groups = 1 or 2 or 4"),
    ("---\nexpect: {params: <= 100K}\n---\nINPUT(32x32x3) => FC(?) => FC(10)", "K = 1 to 32"),
    ("---\nexpect: {params: 98666}\n---\nINPUT(32x32x3) => FC(?) => FC(10)", "K = 32"),
    ("INPUT(8x8x4) => ADD[ CONV(?, 3, P=?) | ]", "K of conv1 = 4, P of conv1 = 1"),
    ("INPUT(9x9x3) => [CONV(8, 3) => RELU]*2 => FC(?): 1x1x7", "K = 7"),
    ("block b(k) = CONV(k, 3) => RELU\nINPUT(9x9x3) => b(?): 7x7x9", "? = 9"),
]
"""Texts with open values, and the values that fit; tried by hand: each is checked with its value in place."""


@pytest.mark.parametrize(("text", "values"), OPEN)
def test_open_values_are_found(text: str, values: str, tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(text)
    done = CliRunner().invoke(cli, ["solve", str(tmp_path / "a.net"), "--up-to", "64"])
    assert (done.exit_code, done.output.splitlines()[-1].strip()) == (0, values), done.output


@pytest.mark.parametrize(("text", "values"), OPEN)
def test_values_in_place_pass_the_check_and_all_others_fail(text: str, values: str, tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(text)
    done = CliRunner().invoke(cli, ["solve", str(tmp_path / "a.net"), "--up-to", "40", "--format", "json"])
    found = {tuple(v) for v in json.loads(done.output)["networks"][0]["values"]}
    holes = text.count("?")
    for tried in [(n,) * holes for n in (*range(1, 18), 31, 32, 33)] + list(found):
        parts = text.split("?")
        filled = "".join(part + str(n) for part, n in zip(parts, tried, strict=False)) + parts[-1]
        report = shapecalc.check(filled)
        # A claim of the rounded volume makes a note of what is dropped; solve drops nothing unless that is allowed.
        assert (report.ok and all(d.code != "SHP201" for d in report.diagnostics)) == (tried in found), filled


def test_a_budget_limits_open_values_and_yaml_has_them_too(tmp_path: Path) -> None:
    (tmp_path / "a.net.yaml").write_text('layers:\n  - INPUT: 32x32x3\n  - CONV: {K: "?", F: 3}\n  - FC: 10\n')
    arguments = ["solve", str(tmp_path / "a.net.yaml"), "--max", "params=20K", "--format", "json"]
    network = json.loads(CliRunner().invoke(cli, arguments).output)["networks"][0]
    assert network["values"] == [[1], [2]]
    assert network["open"] == [{"layer": "conv1", "argument": "K", "line": 3, "column": 16}]


@pytest.mark.parametrize(
    ("text", "unmet"),
    [
        ("INPUT(8x8x3) => POOL(F=?, S=2): 5x5x3", "none of them meets: pool1 gives 5x5x3"),
        (
            "INPUT(8x8x3) => CONV(?, 3): 6x6x8, params=140",
            "none of them meets all of: conv1 gives 6x6x8; conv1 gives params = 140",
        ),
    ],
)
def test_what_no_value_meets_is_said(text: str, unmet: str, tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(text)
    done = CliRunner().invoke(cli, ["solve", str(tmp_path / "a.net"), "--up-to", "30"])
    assert done.exit_code == 1
    assert unmet in done.output


def test_an_input_with_open_sides_is_solved_as_one_of_a_size(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text("INPUT(?x?x3) => CONV(96, F=11, S=4) => POOL(3, S=2)")
    (tmp_path / "b.net").write_text("INPUT(224x224x3) => CONV(96, F=11, S=4) => POOL(3, S=2)")
    assert solved(str(tmp_path / "a.net"))["axes"] == solved(str(tmp_path / "b.net"))["axes"]


@pytest.mark.parametrize("command", ["check", "expand", "verify"])
def test_other_commands_say_that_solve_finds_open_values(command: str, tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text("INPUT(8x8x3) => CONV(K=?)")
    done = CliRunner().invoke(cli, [command, str(tmp_path / "a.net")])
    assert done.exit_code == 1
    assert "`shapecalc solve` on this file says which values fit" in done.output


def test_formatting_keeps_open_values() -> None:
    assert shapecalc.format("INPUT( ? x?x3)=>CONV(K = ?)=>FC( ? )") == "INPUT(?x?x3) => CONV(K=?) => FC(?)\n"


def test_the_larger_a_network_the_fewer_values_are_tried() -> None:
    text = "INPUT(32x32x3) => [CONV(?, 3, P=1) => RELU]*{}"
    few, many = (CliRunner().invoke(cli, ["solve", text.format(n)]) for n in (3, 400))
    assert "K = 1 to 2048" in few.output
    assert "1 open value has 2,048 combinations, and 1,373 tries are too few for 801 layers" in many.output
    told = CliRunner().invoke(cli, ["solve", "INPUT(32x32x3)" + " => CONV(?, ?)" * 90]).output
    assert "180 open values have more than 10^15 combinations" in told


def test_too_many_combinations_are_refused() -> None:
    done = CliRunner().invoke(cli, ["solve", "INPUT(8x8x3) => CONV(K=?) => CONV(K=?)"])
    assert done.exit_code == 2
    assert "4,194,304 combinations" in done.output


def test_several_open_values_are_found_one_after_the_other() -> None:
    text = "INPUT(227x227x3) => CONV(96, F=11, S=4, P=?): 55x55x96 => POOL(F=?, S=2): 27x27x96 => CONV(K=?): 27x27x64"
    shown = CliRunner().invoke(cli, ["solve", "--up-to", "64", text]).output
    assert "P of conv1 = 0, F of pool1 = 3, K of conv2 = 64" in shown


NETWORKS_WITH_TWO_OPEN = [
    ("INPUT(4x4x3) => UPCONV(4, 4, S=?) => CONV(2, F=?): 1x1x2", ()),
    ("INPUT(5x5x3) => CONV(4, F=?, S=4, P=3): 1x1x4", ()),
    ("INPUT(9x9x3) => CONV(4, F=3) => CONV(4, P=?, F=?, S=2): 3x3x4", ()),
    ("INPUT(9x9x4) => POOL(F=?) => UPCONV(4, F=3, output_padding=?, S=?)", ()),
    ("INPUT(9x9x4) => POOL(F=?, S=1) => CONV(F=3, groups=?, K=?): 6x6x4", ("params=100",)),
    ("block b = CONV(K=?, F=3, P=?) => BN\nINPUT(6x6x4) => b => b => CONV(2, F=?): 4x4x2", ("params=300",)),
    ("INPUT(8x8x4) => CONCAT[ CONV(K=?, F=3, P=?) | CONV(?, 1) ] => CONV(3, 1): 8x8x3", ("macs=15K",)),
    ("INPUT(8x8x3) => CONV(K=?, F=3) => POOL(F=?) => CONV(?, 1): 3x3x4", ("memory=4K",)),
    ("---\nexpect: {params: 181}\n---\nINPUT(8x8x4) => CONV(K=?, F=3) => BN => CONV(K=?, F=1)", ()),
    ("INPUT(9x9x3) => CONV(4, 3) as x => CONV(?, 5) => FC(2)\n@x => CONV(?, 3): 5x5x3", ("field=7",)),
    ("INPUT(9x9x3) => CONV(4, F=?) => CONV(?, F=3, P=1)", ("training=12K",)),
]
"""Texts with open values that depend on each other, and budgets."""


@pytest.mark.parametrize(("text", "budgets"), NETWORKS_WITH_TWO_OPEN)
def test_open_values_agree_with_a_check_of_every_combination(text: str, budgets: Sequence[str], tmp_path: Path) -> None:
    up_to, most = 4 if text.count("?") > 2 else 8, dict(b.split("=") for b in budgets)
    (tmp_path / "a.net").write_text(text)
    options = ["--up-to", str(up_to), *(part for b in budgets for part in ("--max", b))]
    network = solved(str(tmp_path / "a.net"), *options)
    smallest = [int(open_["argument"] not in ("P", "output_padding")) for open_ in network["open"]]
    parts, fitting = text.split("?"), []
    for values in product(*(range(least, up_to + 1) for least in smallest)):
        filled = "".join(part + str(n) for part, n in zip(parts, values, strict=False)) + parts[-1]
        report = shapecalc.check(filled, max=most)
        if report.ok and all(d.code != "SHP201" for d in report.diagnostics):
            fitting.append(list(values))
    assert 0 < len(fitting) < prod(up_to - least + 1 for least in smallest)
    assert network["values"] == fitting
