"""Diagnostics that are known: the baseline, and comments that are written into files."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from shapecalc.cli import cli
from tests.projects import ALEX, BIASED, Project, found, run


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no names that are no UTF-8")
def test_a_baseline_knows_files_whose_names_are_no_utf_8(project: Project) -> None:
    name = os.fsdecode(b"a\xff.net")
    (project() / name).write_text(ALEX)
    assert run("check", name, "--write-baseline", "names.json").exit_code == 0
    assert run("check", name, "--baseline", "names.json").exit_code == 0


def test_a_baseline_leaves_what_is_new_and_survives_edits_elsewhere(project: Project) -> None:
    root = project(a_net=ALEX, sub__b_net=BIASED)
    done = run("check", ".", "--write-baseline", "known.json")
    assert (done.exit_code, done.stderr) == (0, "2 diagnostics written to known.json\n")
    assert found(".", "--baseline", "known.json") == {"./a.net": {}, "./sub/b.net": {}}

    again = f"# a comment\nlet n = 3\n\n{ALEX}"
    (root / "a.net").write_text(again)
    assert found("a.net", "--baseline", "known.json") == {"a.net": {}}
    (root / "a.net").write_text(again.replace("=>", "  =>  ").rstrip() + "  # as in the paper\n")
    assert found("a.net", "--baseline", "known.json") == {"a.net": {}}
    (root / "a.net").write_text(f"{again}INPUT(226x226x3) => CONV(96, F=11, S=4)\n")
    assert found("a.net", "--baseline", "known.json") == {"a.net": {"drops-pixels": "error"}}
    os.chdir(root / "sub")
    assert found("b.net", "--baseline", "../known.json") == {"b.net": {}}


def test_a_baseline_counts_how_often_a_thing_is_known(project: Project) -> None:
    root = project(a_net="INPUT(8x8x3) => DO(0) => FC(10)\n")
    run("check", ".", "--write-baseline", "known.json")
    (root / "a.net").write_text("INPUT(8x8x3) => DO(0) => FC(10)\n" * 2)
    assert found("a.net", "--baseline", "known.json") == {"a.net": {"identity-layer": "warning"}}


def test_the_project_names_its_baseline(project: Project) -> None:
    project(shapecalc_toml='baseline = "ci/known.json"\n', a_net=ALEX, ci__x="")
    for _ in range(2):  # there is none yet; what it knew is known from then on, too
        assert run("check", "a.net", "--write-baseline", "ci/known.json").exit_code == 0
        assert run("check", "a.net").exit_code == 0


def test_a_text_that_was_not_understood_is_never_taken_up(project: Project) -> None:
    project(a_net="INPUT(8x8x3) => CONVV(4)\n")
    done = run("check", "a.net", "--write-baseline", "known.json")
    assert (done.exit_code, "0 diagnostics written" in done.stderr) == (1, True)
    assert run("check", "a.net", "--baseline", "known.json").exit_code == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"known": [{"path": 3}]}',
        '{"known": [{"path": "a.net", "rule": "SHP201", "fingerprint": "0", "count": Infinity}]}',
        "[" * 100_000,
    ],
    ids=["nothing", "a list", "no fingerprint", "no count", "deep"],
)
def test_what_is_no_baseline_is_refused(project: Project, text: str) -> None:
    project(a_net=ALEX, known=text)
    done = run("check", "a.net", "--baseline", "known")
    assert done.exit_code == 2
    assert "the baseline known cannot be read: it is not a baseline" in done.stderr
    assert run("check", "a.net", "--baseline", "nothing").exit_code == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ALEX, ALEX.replace("\n", "  # shapecalc: ignore[drops-pixels]\n")),
        (
            "INPUT(224x224x3)  # shapecalc: ignore[unread-input] x\n=> CONV(96, F=11, S=4)  # big\n",
            "INPUT(224x224x3)  # shapecalc: ignore[unread-input] x\n"
            "=> CONV(96, F=11, S=4)  # big  # shapecalc: ignore[drops-pixels]\n",
        ),
        (
            "INPUT(224x224x3) => CONV(96, F=11, S=4) => BN  # shapecalc: ignore[SHP401] x\n",
            "INPUT(224x224x3) => CONV(96, F=11, S=4) => BN  # shapecalc: ignore[SHP401, drops-pixels] x\n",
        ),
        ("INPUT(8x8x3) => FC(10)\n", "INPUT(8x8x3) => FC(10)\n"),
    ],
)
def test_comments_that_ignore_are_written_where_something_is_reported(
    project: Project, text: str, expected: str
) -> None:
    root = project(a_net=text)
    assert run("check", "a.net", "--add-ignores").exit_code == 0
    assert (root / "a.net").read_text() == expected
    assert set(found("a.net")["a.net"].values()) <= {"warning"}


def test_comments_can_be_written_into_a_config(project: Project) -> None:
    root = project(**{"a.net.yaml": "layers:\n- INPUT: 224x224x3\n- CONV: {K: 96, F: 11, S: 4}\n"})
    assert run("check", "a.net.yaml", "--add-ignores").exit_code == 0
    assert "- CONV: {K: 96, F: 11, S: 4}  # shapecalc: ignore[drops-pixels]\n" in (root / "a.net.yaml").read_text()
    assert run("check", "a.net.yaml").exit_code == 0


def test_what_follows_from_a_diagnostic_is_ignored_with_it(project: Project) -> None:
    """AlexNet as printed: with its first layer ignored, the pools after it and the claims are reported themselves."""
    root = project(a_net=(Path(__file__).parents[1] / "samples" / "alexnet-224.net").read_text(encoding="utf-8"))
    text = (root / "a.net").read_text(encoding="utf-8")
    (root / "b.net").write_text(text.replace(" # 290,400 neurons", "  # shapecalc: ignore[SHP201]"), encoding="utf-8")
    assert {"drops-pixels", "volume-claim", "expectation"} <= set(found("b.net")["b.net"])
    assert run("check", "a.net", "--add-ignores").exit_code == 0
    assert found("a.net")["a.net"] == {}
    assert (root / "a.net").read_text(encoding="utf-8").count("# shapecalc: ignore[") > 3


def test_comments_keep_the_line_ends_of_a_file_and_are_not_written_where_they_break_it(project: Project) -> None:
    root = project(a_net="")
    (root / "a.net").write_bytes(b"\xef\xbb\xbf" + ALEX.replace("\n", "\r\n").encode())
    assert run("check", "a.net", "--add-ignores").exit_code == 0
    assert (root / "a.net").read_bytes().count(b"\r\n") == 1
    assert (root / "a.net").read_bytes().startswith(b"\xef\xbb\xbf")
    done = CliRunner().invoke(cli, ["check", "-", "--add-ignores"], input=ALEX)
    assert (done.exit_code, "is not a file" in done.stderr) == (2, True)


def test_comments_are_written_once_for_a_file_of_several_networks(project: Project) -> None:
    root = project(a_net=ALEX + ALEX)
    assert run("check", "a.net", "--add-ignores").exit_code == 0
    assert (root / "a.net").read_text() == ALEX.replace("\n", "  # shapecalc: ignore[drops-pixels]\n") * 2


def test_comments_are_not_written_where_nothing_is_to_be(project: Project) -> None:
    root = project(a_net=ALEX)
    done = run("check", "a.net", "--add-ignores", "--diff")
    assert (done.exit_code, "--diff writes nothing" in done.stderr) == (2, True)
    assert (root / "a.net").read_text() == ALEX
