"""Networks of one file that share no layer are reported one by one; what is joined stays together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import shapecalc
from shapecalc.cli import cli

THREE = """\
INPUT(32x32x3) => CONV(8, 3) => FC(10)
INPUT(28x28x1) as b => FC(10)
@b => FC(7)
INPUT(8x8x1) => CONV(0) => FC(2)
"""


def run(folder: Path, text: str, *arguments: str) -> tuple[int, str]:
    (folder / "net.txt").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(cli, ["check", str(folder / "net.txt"), *arguments])
    return done.exit_code, done.stdout


def networks(folder: Path, text: str, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(folder, text, "--format", "json", *arguments)[1])["networks"]
    return found


def test_each_network_has_its_own_layers_totals_and_diagnostics(tmp_path: Path) -> None:
    first, second, third = networks(tmp_path, THREE)
    assert [n["path"] for n in (first, second, third)] == [str(tmp_path / "net.txt")] * 3
    assert [n["name"] for n in (first, second, third)] == ["net (1 of 3)", "net (2 of 3)", "net (3 of 3)"]
    assert first["totals"]["params"] == 3 * 9 * 8 + 8 + 30 * 30 * 8 * 10 + 10
    assert second["totals"]["params"] == 28 * 28 * 17 + 17
    assert [layer["inputs"] for layer in second["layers"]] == [[], [0], [0]]
    assert [layer["index"] for layer in third["layers"]] == [0, 1, 2]
    assert [[d["code"] for d in n["diagnostics"]] for n in (first, second, third)] == [[], [], ["SHP103"]]
    assert [n["ok"] for n in (first, second, third)] == [True, True, False]


def test_the_text_shows_one_after_another_and_one_error_is_enough_to_fail(tmp_path: Path) -> None:
    code, text = run(tmp_path, THREE)
    assert code == 1
    places = [text.index(f"net ({n} of 3)") for n in (1, 2, 3)]
    assert places == sorted(places)
    assert text.endswith("3 networks, 2 clean: 1 error\n")
    assert run(tmp_path, THREE.replace("CONV(0)", "CONV(4)"))[0] == 0


def test_layers_have_the_names_that_other_commands_know_them_by(tmp_path: Path) -> None:
    names = [layer["name"] for network in networks(tmp_path, THREE) for layer in network["layers"]]
    assert len(set(names)) == len(names)
    assert names[-1] == "fc4"


def test_claims_stay_with_their_layers(tmp_path: Path) -> None:
    text = "INPUT(8x8x3) => CONV(4): 8x8x4\nINPUT(6x6x1) => CONV(2): 6x6x3, params=20\n"
    first, second = networks(tmp_path, text)
    assert first["diagnostics"] == []
    assert [(d["code"], d["layer"]) for d in second["diagnostics"]] == [("SHP301", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "INPUT(8x8x3) as a => CONV(4)\n@a => FC(10)",
        "INPUT(8x8x3) as a => CONV(4) as b\nINPUT(8x8x3) => CONV(4) => ADD[ | @b ]",
        "INPUT(8x8x3)\nINPUT(8x8x3) => FC(10)",
        "INPUT(8x8x3) => FC(10)\nINPUT(8x8x3)",
        "INPUT(8x8x3)\nINPUT(8x8x3)",
        "---\nexpect: {params: 1K}\n---\nINPUT(8x8x3) => FC(5)\nINPUT(8x8x3) => FC(5)",
        "INPUT(8x8x3) => CONV(4) => INPUT(8x8x3) => FC(10)",
    ],
    ids=["a tap", "a branch", "unread before", "unread after", "inputs alone", "expectations", "a misplaced input"],
)
def test_what_belongs_together_stays_one_network(text: str, tmp_path: Path) -> None:
    assert len(networks(tmp_path, text)) == 1


def test_an_input_that_nothing_reads_is_not_clean(tmp_path: Path) -> None:
    (network,) = networks(tmp_path, "INPUT(32x32x3) as a")
    assert {d["severity"] for d in network["diagnostics"]} & {"warning", "error"}


def test_a_single_report_takes_networks_as_one_and_says_so() -> None:
    report = shapecalc.check(THREE.replace("CONV(0)", "CONV(4)"))
    assert [d.code for d in report.diagnostics] == ["SHP408"]
    assert len(report.layers) == 9


def test_files_are_reported_network_by_network(tmp_path: Path) -> None:
    (tmp_path / "net.net").write_text(THREE, encoding="utf-8")
    assert [report.ok for report in shapecalc.check_files(tmp_path)] == [True, True, False]
