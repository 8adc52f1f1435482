"""`shapecalc solve`: the sizes that work, compared with a check of every single one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import shapecalc
from shapecalc.cli import cli

SAMPLES = Path(__file__).parents[1] / "samples"


def solved(path: str, *arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(cli, ["solve", path, "--format", "json", *arguments])
    assert done.exit_code in (0, 1), done.output
    network: dict[str, Any] = json.loads(done.output)["networks"][0]
    return network


def works(text: str, size: tuple[int, ...]) -> bool:
    """What a check of the network with another input says, claims left out."""
    report = shapecalc.check(text, input=size)
    return not any(d.severity == "error" and not d.code.startswith("SHP3") for d in report.diagnostics)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("alexnet-224", (66, 67, 68, 98, 99, 131, 224, 227)),
        ("lenet5", (28, 31, 32, 33, 36, 44)),
        ("keras-mnist", range(8, 16)),
    ],
)
def test_solve_agrees_with_checking_single_sizes(name: str, sizes: Sequence[int]) -> None:
    path = SAMPLES / f"{name}.net"
    text = path.read_text(encoding="utf-8")
    found = solved(str(path), "--up-to", str(max(sizes)))
    depth = shapecalc.check(text).layers[0].output.depth
    for i, axis in enumerate(found["axes"]):
        other = axis["sizes"][0]
        assert [s for s in axis["sizes"] if s in sizes] == [
            s for s in sizes if works(text, ((s, other)[i], (other, s)[i], depth))
        ]


def test_alexnet_needs_227_and_progressions_say_which_others_work() -> None:
    found = solved(str(SAMPLES / "alexnet-224.net"))
    assert found["nearest"] == [227, 227]
    assert found["smallest"] == [67, 67]
    assert [axis["progressions"] for axis in found["axes"]] == [[[67, 32]], [[67, 32]]]


def test_what_windows_may_leave_over_can_be_chosen() -> None:
    text = str(SAMPLES / "alexnet-224.net")
    assert 224 in solved(text, "--allow", "drops")["axes"][0]["sizes"]
    assert 224 not in solved(text)["axes"][0]["sizes"]


def test_one_axis_three_axes_and_axes_that_hang_together(tmp_path: Path) -> None:
    for text, nearest in (
        ("INPUT(101x4) => CONV(8, 3, S=2) => FC(2)", [101]),
        ("INPUT(8x9x7x1) => POOL(2) => FC(2)", [8, 8, 6]),
        ("INPUT(8x8x2) => RESHAPE(16x8x1) => FC(2)", [8, 8]),
    ):
        (tmp_path / "a.net").write_text(text)
        assert solved(str(tmp_path / "a.net"), "--up-to", "110")["nearest"] == nearest


def test_where_no_size_works_the_reason_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text("INPUT(8x8x6) => CONV(8, 3, groups=4)")
    done = CliRunner().invoke(cli, ["solve", str(tmp_path / "a.net")])
    assert done.exit_code == 1
    assert "no size from 1 to 2,048 works" in done.output
